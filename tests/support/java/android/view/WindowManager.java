package android.view;

public class WindowManager {
    public Display getDefaultDisplay() {
        return new Display();
    }
}
