package org.tensorflow.lite.gpu;

public class GpuDelegateFactory {
    public static class Options {
        public static final int INFERENCE_PREFERENCE_FAST_SINGLE_ANSWER = 0;
        public static final int INFERENCE_PREFERENCE_SUSTAINED_SPEED = 1;

        int preference = INFERENCE_PREFERENCE_FAST_SINGLE_ANSWER;
        String folder;
        String token;

        public Options() {}

        public Options setPrecisionLossAllowed(boolean precisionLossAllowed) {
            return this;
        }

        public Options setInferencePreference(int preference) {
            this.preference = preference;
            return this;
        }

        public Options setSerializationParams(String serializationDir, String modelToken) {
            folder = serializationDir;
            token = modelToken;
            return this;
        }
    }
}
