package android.view;

public class View {
    public static WindowInsets insets = new WindowInsets();

    public WindowInsets getRootWindowInsets() {
        return insets;
    }
}
