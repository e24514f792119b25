package android.view;

public class Window {
    public static int flags;
    public static String thread = "";

    private final View view = new View();

    public View getDecorView() {
        return view;
    }

    public void addFlags(int more) {
        thread = Thread.currentThread().getName();
        flags |= more;
    }

    public void clearFlags(int less) {
        thread = Thread.currentThread().getName();
        flags &= ~less;
    }
}
