package android.app;

import android.content.ContentResolver;
import android.content.Context;
import android.content.Intent;
import android.view.Window;
import android.view.WindowManager;
import java.io.File;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

public class Activity extends Context {
    /** Not of Android: where the app's folders are, and what the tests say and read. */
    public static File folder = new File(".");

    public static boolean hasApps = true;
    public static boolean asksAgain = true;
    public static Set<String> permissions = new HashSet<>();
    public static List<Intent> started = new ArrayList<>();
    public static Intent intent = new Intent();

    private final ContentResolver resolver = new ContentResolver();
    private final Window window = new Window();

    public static void reset(File root) {
        folder = root;
        hasApps = asksAgain = true;
        permissions.clear();
        started.clear();
        intent = new Intent();
    }

    public Intent getIntent() {
        return intent;
    }

    public File getCodeCacheDir() {
        return new File(folder, "code_cache");
    }

    public File getCacheDir() {
        return new File(folder, "cache");
    }

    public File getFilesDir() {
        return new File(folder, "files");
    }

    public File getExternalFilesDir(String type) {
        return new File(new File(folder, "shared"), type);
    }

    public ContentResolver getContentResolver() {
        return resolver;
    }

    public Object getSystemService(String name) {
        return name.equals("activity") ? new ActivityManager() : null;
    }

    public Window getWindow() {
        return window;
    }

    public WindowManager getWindowManager() {
        return new WindowManager();
    }

    public int checkSelfPermission(String permission) {
        return permissions.contains(permission) ? 0 : -1;
    }

    public boolean shouldShowRequestPermissionRationale(String permission) {
        return asksAgain;
    }

    public void startActivity(Intent intent) {
        if (!hasApps) throw new android.content.ActivityNotFoundException("No Activity found");
        started.add(intent);
    }

    public void startActivityForResult(Intent intent, int requestCode) {
        startActivity(intent);
        intent.requestCode = requestCode;
    }

    public final void runOnUiThread(Runnable action) {
        Thread thread = new Thread(action, "main");
        thread.start();
        try {
            thread.join();
        } catch (InterruptedException error) {
            throw new IllegalStateException(error);
        }
    }
}
