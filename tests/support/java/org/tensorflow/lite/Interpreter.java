package org.tensorflow.lite;

import java.io.File;
import java.nio.ByteBuffer;

public final class Interpreter extends InterpreterImpl implements InterpreterApi {
    public static class Options extends InterpreterImpl.Options {
        public Options() {}

        @Override
        public Options setNumThreads(int numThreads) {
            super.setNumThreads(numThreads);
            return this;
        }

        @Override
        public Options addDelegate(Delegate delegate) {
            super.addDelegate(delegate);
            return this;
        }

        public Options setUseXNNPACK(boolean useXNNPACK) {
            this.useXNNPACK = useXNNPACK;
            return this;
        }
    }

    public Interpreter(File modelFile) {
        this(modelFile, null);
    }

    public Interpreter(File modelFile, Options options) {
        super((ByteBuffer) null, options);
        throw new IllegalStateException("the form with a ByteBuffer was meant");
    }

    public Interpreter(ByteBuffer byteBuffer) {
        this(byteBuffer, null);
    }

    public Interpreter(ByteBuffer byteBuffer, Options options) {
        super(byteBuffer, options == null ? new Options() : options);
    }
}
