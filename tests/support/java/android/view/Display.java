package android.view;

public class Display {
    /** Quarter turns of the phone to the left. */
    public static int rotation;

    public int getRotation() {
        return rotation;
    }
}
