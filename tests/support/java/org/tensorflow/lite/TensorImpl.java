package org.tensorflow.lite;

final class TensorImpl implements Tensor {
    private final DataType type;
    private final int[] shape;

    TensorImpl(DataType type, int[] shape) {
        this.type = type;
        this.shape = shape;
    }

    @Override
    public DataType dataType() {
        return type;
    }

    @Override
    public int[] shape() {
        return shape;
    }

    @Override
    public int numBytes() {
        int elements = 1;
        for (int side : shape) elements *= side;
        return elements * (type == DataType.FLOAT32 ? 4 : 1);
    }
}
