"""Write mediapipe.tflitemeta with MediaPipe's own classes, to hold export/metadata.py against.

pip install mediapipe==1.2.3
python tests/export/data/mediapipe_metadata.py
"""

from pathlib import Path

import flatbuffers
from mediapipe.tasks.metadata import metadata_schema_py_generated as schema


def tensor(name, description, axes, **more):
    made = schema.TensorMetadataT()
    made.name, made.description, made.dimensionNames = name, description, axes
    made.content = schema.ContentT()
    made.content.contentPropertiesType = schema.ContentProperties.FeatureProperties
    made.content.contentProperties = schema.FeaturePropertiesT()
    vars(made).update(more)
    return made


def picture(name, description, std):
    size = schema.ImageSizeT()
    size.height, size.width = 192, 256
    image = schema.ImagePropertiesT()
    image.colorSpace, image.defaultSize = schema.ColorSpaceType.RGB, size
    content = schema.ContentT()
    content.contentPropertiesType = schema.ContentProperties.ImageProperties
    content.contentProperties = image
    normalization = schema.NormalizationOptionsT()
    normalization.mean, normalization.std = [0.0], [std]
    unit = schema.ProcessUnitT()
    unit.optionsType = schema.ProcessUnitOptions.NormalizationOptions
    unit.options = normalization
    stats = schema.StatsT()
    stats.min, stats.max = [0.0], [1.0]
    axes = ["batch", "height", "width", "channel"]
    return tensor(name, description, axes, content=content, processUnits=[unit], stats=stats)


def metadata():
    graph = schema.SubGraphMetadataT()
    graph.inputTensorMetadata = [
        picture("image", "The photograph.", 255.0),
        tensor("style", "A vector.", ["batch", "row", "column", "number"]),
    ]
    graph.outputTensorMetadata = [picture("stylized", "The picture.", 0.5)]
    made = schema.ModelMetadataT()
    made.name, made.description, made.version = "Águas", "A style.", "1.2"
    made.author, made.license = "Somebody", "public domain"
    made.subgraphMetadata, made.minParserVersion = [graph], "1.0.0"
    return made


if __name__ == "__main__":
    builder = flatbuffers.Builder(0)
    builder.Finish(metadata().Pack(builder), b"M001")
    Path(__file__).with_name("mediapipe.tflitemeta").write_bytes(builder.Output())
