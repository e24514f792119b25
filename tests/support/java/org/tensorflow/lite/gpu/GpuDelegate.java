package org.tensorflow.lite.gpu;

import java.nio.ByteBuffer;
import org.tensorflow.lite.Delegate;
import org.tensorflow.lite.Ledger;

public class GpuDelegate implements Delegate {
    private final Thread owner = Thread.currentThread();
    private final String mode = Ledger.gpu;
    private boolean closed;
    private int runs;

    public GpuDelegate(GpuDelegateFactory.Options options) {
        if (mode.equals("missing")) {
            throw new UnsatisfiedLinkError("dlopen failed: library \"libOpenCL.so\" not found");
        }
        if (options.preference == GpuDelegateFactory.Options.INFERENCE_PREFERENCE_SUSTAINED_SPEED) {
            Ledger.serialization = options.folder + " " + options.token;
        }
        Ledger.openDelegates++;
    }

    public GpuDelegate() {
        this(new GpuDelegateFactory.Options());
    }

    public void apply() {
        if (mode.equals("refuses")) {
            throw new IllegalArgumentException(
                    "Internal error: Failed to apply delegate: MIRROR_PAD is not supported.");
        }
    }

    /** What this GPU makes of the right picture; float16 always. */
    public void spoil(ByteBuffer picture) {
        if (Thread.currentThread() != owner) {
            Ledger.faults++; // the real one has no context there
        }
        runs++;
        if (mode.equals("dies") || mode.equals("fails-later") && runs > 2) {
            throw new IllegalStateException("Internal error: Failed to run: clEnqueueNDRangeKernel");
        }
        for (int i = 0; i < picture.capacity(); i += 4) {
            float value = picture.getFloat(i);
            if (mode.equals("wrong")) value = picture.getFloat(picture.capacity() - 4 - i);
            value = Math.round(value * 2048) / 2048f;
            picture.putFloat(i, mode.equals("nan") && i == 400 ? Float.NaN : value);
        }
    }

    public boolean isClosed() {
        return closed;
    }

    @Override
    public long getNativeHandle() {
        return 1;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Ledger.openDelegates--;
        }
    }
}
