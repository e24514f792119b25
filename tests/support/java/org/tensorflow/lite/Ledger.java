package org.tensorflow.lite;

/** Not of LiteRT: what the tests ask of the doubles, and what they read off them. */
public final class Ledger {
    /**
     * "good", "missing", "refuses", "wrong", "nan", "dies" (in its first run), "fails-later";
     * "no-xnnpack" is a good GPU beside a library without XNNPACK.
     */
    public static String gpu = "good";

    public static int openInterpreters;
    public static int openDelegates;
    public static int runs;
    public static int slowInputs;
    public static int faults;
    public static int threads;
    public static String serialization = "";

    private Ledger() {}

    public static void reset(String mode) {
        gpu = mode;
        openInterpreters = openDelegates = runs = slowInputs = faults = threads = 0;
        serialization = "";
    }
}
