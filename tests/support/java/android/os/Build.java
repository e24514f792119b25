package android.os;

public class Build {
    public static final String MANUFACTURER = "acme";
    public static final String MODEL = "Phone 9";

    public static class VERSION {
        /** Not final here, so that a test can be on an older phone. */
        public static int SDK_INT = 35;
    }
}
