package org.tensorflow.lite;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.tensorflow.lite.gpu.GpuDelegate;

/**
 * Visibility, constructors and checks as in LiteRT 1.4; a "model" is a line of text:
 *
 * <pre>DOUBLE type height width operators steps-with-xnnpack steps-on-gpu [style-length]</pre>
 *
 * What it draws differs with channel, place and range, so that swapped channels, turned axes, wrong
 * byte order and 0..255 all show: red' = 1 - blue, green' = red * (row + 1) / height, blue' = green *
 * (column + 1) / width. With a style each channel is then multiplied by its own number of the style,
 * the first three.
 */
class InterpreterImpl implements InterpreterApi {
    static class Options extends InterpreterApi.Options {
        Boolean useXNNPACK;
    }

    private final int height;
    private final int width;
    private final int planLength;
    private final Tensor tensor;
    private final Tensor style;
    private final GpuDelegate gpu;
    private final ByteBuffer model;
    private boolean closed;

    InterpreterImpl(ByteBuffer model, Options options) {
        if (!model.isDirect() || model.order() != ByteOrder.nativeOrder()) {
            throw new IllegalArgumentException(
                    "Model ByteBuffer should be a direct ByteBuffer using ByteOrder.nativeOrder().");
        }
        this.model = model;
        byte[] bytes = new byte[model.capacity()];
        for (int i = 0; i < bytes.length; i++) bytes[i] = model.get(i);
        String[] words = new String(bytes, StandardCharsets.UTF_8).trim().split(" ");
        if (!words[0].equals("DOUBLE")) {
            throw new IllegalArgumentException(
                    "ByteBuffer is not a valid TensorFlow Lite model flatbuffer");
        }
        height = Integer.parseInt(words[2]);
        width = Integer.parseInt(words[3]);
        int[] shape = {1, height, width, 3};
        tensor = new TensorImpl(DataType.valueOf(words[1]), shape);
        int[] pixel = {1, 1, 1, words.length > 7 ? Integer.parseInt(words[7]) : 0};
        style = words.length > 7 ? new TensorImpl(DataType.FLOAT32, pixel) : null;
        gpu = options.delegates.isEmpty() ? null : (GpuDelegate) options.delegates.get(0);
        if (gpu != null) {
            gpu.apply();
            planLength = Integer.parseInt(words[6]);
        } else {
            boolean xnnpack = options.useXNNPACK != null && options.useXNNPACK;
            if (xnnpack && Ledger.gpu.equals("no-xnnpack")) {
                throw new IllegalArgumentException(
                        "Failed to load XNNPACK delegate from current runtime.");
            }
            planLength = Integer.parseInt(words[xnnpack ? 5 : 4]);
            Ledger.threads = options.numThreads;
        }
        Ledger.openInterpreters++;
    }

    @Override
    public void run(Object input, Object output) {
        Map<Integer, Object> outputs = new HashMap<>();
        outputs.put(0, output);
        runForMultipleInputsOutputs(new Object[] {input}, outputs);
    }

    @Override
    public void runForMultipleInputsOutputs(Object[] inputs, Map<Integer, Object> outputs) {
        checkNotClosed();
        if (inputs.length != getInputTensorCount()) {
            throw new IllegalArgumentException(
                    "Input error: expected " + getInputTensorCount() + " inputs but got "
                            + inputs.length);
        }
        ByteBuffer made = (ByteBuffer) outputs.get(0);
        if (made.capacity() < tensor.numBytes()) {
            throw new IllegalArgumentException("Cannot copy to a Java Buffer that is too small.");
        }
        ByteBuffer picture = copied((ByteBuffer) inputs[0], tensor);
        ByteBuffer drawn = draw(picture, style == null ? null : copied((ByteBuffer) inputs[1], style));
        if (gpu != null) {
            gpu.spoil(drawn);
        }
        Ledger.runs++;
        made.put(drawn);
    }

    private static ByteBuffer copied(ByteBuffer given, Tensor tensor) {
        if (given.capacity() != tensor.numBytes()) {
            throw new IllegalArgumentException(
                    "Cannot copy to a TensorFlowLite tensor with " + tensor.numBytes()
                            + " bytes from a Java Buffer with " + given.capacity() + " bytes.");
        }
        ByteBuffer inside = ByteBuffer.allocate(tensor.numBytes()).order(ByteOrder.nativeOrder());
        if (given.isDirect() && given.order() == ByteOrder.nativeOrder()) {
            // The real one copies from the buffer's address, wherever its position is.
            for (int i = 0; i < given.capacity(); i++) inside.put(i, given.get(i));
        } else {
            Ledger.slowInputs++;
            inside.put(given);
            inside.rewind();
        }
        return inside;
    }

    private ByteBuffer draw(ByteBuffer in, ByteBuffer by) {
        float[] factors = {1, 1, 1};
        for (int i = 0; by != null && i < 3; i++) factors[i] = by.getFloat(4 * i);
        ByteBuffer out = ByteBuffer.allocate(in.capacity()).order(ByteOrder.nativeOrder());
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                float red = in.getFloat();
                float green = in.getFloat();
                float blue = in.getFloat();
                out.putFloat(factors[0] * (1 - blue));
                out.putFloat(factors[1] * red * (y + 1) / height);
                out.putFloat(factors[2] * green * (x + 1) / width);
            }
        }
        out.rewind();
        return out;
    }

    @Override
    public int getInputTensorCount() {
        checkNotClosed();
        return style == null ? 1 : 2;
    }

    @Override
    public Tensor getInputTensor(int inputIndex) {
        checkNotClosed();
        return inputIndex == 0 ? tensor : style;
    }

    @Override
    public int getOutputTensorCount() {
        checkNotClosed();
        return 1;
    }

    @Override
    public Tensor getOutputTensor(int outputIndex) {
        checkNotClosed();
        return tensor;
    }

    int getExecutionPlanLength() {
        checkNotClosed();
        return planLength;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Ledger.openInterpreters--;
            if (gpu != null && gpu.isClosed()) {
                Ledger.faults++; // the real one would use freed memory
            }
        }
    }

    private void checkNotClosed() {
        if (closed) {
            throw new IllegalStateException(
                    "Internal error: The Interpreter has already been closed.");
        }
    }
}
