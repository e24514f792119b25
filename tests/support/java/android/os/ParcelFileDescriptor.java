package android.os;

import java.io.File;
import java.io.FileDescriptor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;

public class ParcelFileDescriptor {
    // Kept for good: Java would close the number behind the back of who took it.
    private static final List<RandomAccessFile> KEPT = new ArrayList<>();

    private final RandomAccessFile file;

    public ParcelFileDescriptor(File path, String mode) throws IOException {
        file = new RandomAccessFile(path, mode.equals("r") ? "r" : "rw");
        KEPT.add(file);
    }

    public int detachFd() {
        try {
            Field number = FileDescriptor.class.getDeclaredField("fd");
            number.setAccessible(true);
            return number.getInt(file.getFD());
        } catch (ReflectiveOperationException | IOException error) {
            throw new IllegalStateException(error);
        }
    }
}
