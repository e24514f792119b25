package org.tensorflow.lite;

import java.util.ArrayList;
import java.util.List;

public interface InterpreterApi extends AutoCloseable {
    class Options {
        int numThreads = -1;
        final List<Delegate> delegates = new ArrayList<>();

        public Options() {}

        public Options setNumThreads(int numThreads) {
            this.numThreads = numThreads;
            return this;
        }

        public Options addDelegate(Delegate delegate) {
            delegates.add(delegate);
            return this;
        }
    }

    void run(Object input, Object output);

    int getInputTensorCount();

    Tensor getInputTensor(int inputIndex);

    int getOutputTensorCount();

    Tensor getOutputTensor(int outputIndex);

    @Override
    void close();
}
