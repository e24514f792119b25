package android.app;

public class ActivityManager {
    public static class MemoryInfo {
        public long availMem;
        public long threshold;
        public boolean lowMemory;
    }

    public void getMemoryInfo(MemoryInfo info) {
        info.availMem = 3_000_000_000L;
        info.threshold = 200_000_000L;
    }
}
