package org.tensorflow.lite;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

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

    void runForMultipleInputsOutputs(Object[] inputs, Map<Integer, Object> outputs);

    int getInputTensorCount();

    Tensor getInputTensor(int inputIndex);

    int getOutputTensorCount();

    Tensor getOutputTensor(int outputIndex);

    @Override
    void close();
}
