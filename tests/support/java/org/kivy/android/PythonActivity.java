package org.kivy.android;

import android.app.Activity;
import android.content.Intent;
import android.net.Uri;
import java.util.ArrayList;
import java.util.List;

/** Listeners and callbacks as in python-for-android's own. */
public class PythonActivity extends Activity {
    public static PythonActivity mActivity = new PythonActivity();

    public interface ActivityResultListener {
        void onActivityResult(int requestCode, int resultCode, Intent data);
    }

    public interface PermissionsCallback {
        void onRequestPermissionsResult(
                int requestCode, String[] permissions, int[] grantResults);
    }

    private final List<ActivityResultListener> listeners = new ArrayList<>();
    private PermissionsCallback permissionCallback;

    public void registerActivityResultListener(ActivityResultListener listener) {
        listeners.add(listener);
    }

    public void unregisterActivityResultListener(ActivityResultListener listener) {
        listeners.remove(listener);
    }

    public void addPermissionsCallback(PermissionsCallback callback) {
        permissionCallback = callback;
    }

    /** Not of Android: forget who listened in the test before, whom Python has given up. */
    public void forget() {
        listeners.clear();
        permissionCallback = null;
    }

    /** Not of Android: answers every request like this. */
    public static boolean grants = true;

    public void requestPermissionsWithRequestCode(String[] permissions, int requestCode) {
        int answer = grants ? 0 : -1;
        PermissionsCallback callback = permissionCallback;
        new Thread(
                () -> {
                    try {
                        Thread.sleep(50); // the user reads the question
                    } catch (InterruptedException error) {
                        return;
                    }
                    callback.onRequestPermissionsResult(
                            requestCode, permissions, new int[] {answer});
                },
                "main").start();
    }

    /** Not of Android: the user has answered the last question, on Java's own thread. */
    public void answer(int resultCode, String uri) {
        Intent data = null;
        if (uri != null) {
            data = new Intent();
            data.setData(Uri.parse(uri));
        }
        Intent given = data;
        int code = started.get(started.size() - 1).requestCode;
        runOnUiThread(
                () -> {
                    for (ActivityResultListener each : new ArrayList<>(listeners)) {
                        each.onActivityResult(code, resultCode, given);
                    }
                });
    }
}
