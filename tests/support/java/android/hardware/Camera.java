package android.hardware;

import android.graphics.SurfaceTexture;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Two cameras; number 0 looks away. Its picture is dark above and bright below, red on its left half
 * and blue on its right one, as the sensor lies.
 */
public class Camera {
    /**
     * Not of Android: "good", "busy" (cannot be opened), "empty" (no format), "stops", "dead" (its
     * driver takes no call but the release, which it reports as failed).
     */
    public static String mode = "good";

    public static int opened;
    public static int frames;

    public static class CameraInfo {
        public static final int CAMERA_FACING_BACK = 0;
        public static final int CAMERA_FACING_FRONT = 1;
        public int facing;
        public int orientation;
    }

    public class Size {
        public int width;
        public int height;

        public Size(int w, int h) {
            width = w;
            height = h;
        }
    }

    public class Parameters {
        private int width = 64;
        private int height = 48;
        private String focus = "auto";

        public List<Size> getSupportedPreviewSizes() {
            if (mode.equals("empty")) return new ArrayList<>();
            return Arrays.asList(new Size(64, 48), new Size(32, 24), new Size(320, 240));
        }

        public void setPreviewSize(int width, int height) {
            this.width = width;
            this.height = height;
        }

        public List<String> getSupportedFocusModes() {
            return Arrays.asList("auto", "continuous-picture");
        }

        public void setFocusMode(String value) {
            focus = value;
        }

        public String getFocusMode() {
            return focus;
        }
    }

    public interface PreviewCallback {
        void onPreviewFrame(byte[] data, Camera camera);
    }

    public interface ErrorCallback {
        void onError(int error, Camera camera);
    }

    public static Camera last;

    private Parameters parameters = new Parameters();
    private ErrorCallback errors;
    private boolean started;
    private boolean shown;
    private boolean released;

    private Camera() {}

    public static int getNumberOfCameras() {
        return 2;
    }

    public static void getCameraInfo(int cameraId, CameraInfo cameraInfo) {
        cameraInfo.facing = cameraId == 0 ? 0 : 1;
        cameraInfo.orientation = cameraId == 0 ? 90 : 270;
    }

    public static Camera open(int cameraId) {
        if (mode.equals("busy")) throw new RuntimeException("Fail to connect to camera service");
        opened++;
        last = new Camera();
        return last;
    }

    public static Camera open() {
        return open(0);
    }

    public Parameters getParameters() {
        check();
        return parameters;
    }

    public void setParameters(Parameters params) {
        check();
        parameters = params;
    }

    public final void setPreviewTexture(SurfaceTexture texture) throws IOException {
        check();
        shown = texture != null;
    }

    public final void setErrorCallback(ErrorCallback callback) {
        errors = callback;
    }

    public final void startPreview() {
        check();
        started = true;
    }

    public final void stopPreview() {
        check();
        if (mode.equals("dead")) throw new RuntimeException("Camera service died");
        started = false;
    }

    public final void setOneShotPreviewCallback(PreviewCallback callback) {
        check();
        if (!started || !shown) return; // no frames come, and nobody says so
        if (mode.equals("stops")) {
            new Thread(() -> errors.onError(2, this)).start();
            return;
        }
        byte[] data = frame();
        new Thread(() -> callback.onPreviewFrame(data, this)).start();
        frames++;
    }

    public final void release() {
        check();
        released = true;
        opened--;
        if (mode.equals("dead")) throw new RuntimeException("Camera service died");
    }

    private byte[] frame() {
        int width = parameters.width;
        int height = parameters.height;
        byte[] data = new byte[width * height * 3 / 2];
        for (int y = 0; y < height; y++) {
            Arrays.fill(data, y * width, (y + 1) * width, (byte) (y < height / 2 ? 60 : 180));
        }
        for (int y = 0; y < height / 2; y++) {
            for (int x = 0; x < width / 2; x++) {
                boolean red = x < width / 4;
                int at = width * height + y * width + 2 * x;
                data[at] = (byte) (red ? 200 : 100); // Cr
                data[at + 1] = (byte) (red ? 100 : 200); // Cb
            }
        }
        return data;
    }

    private void check() {
        if (released) throw new RuntimeException("Camera is being used after Camera.release()");
    }
}
