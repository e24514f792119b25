"""TFLite's own metadata: what other programs read out of a file to feed it and to name its author.

A second flatbuffer inside the file, found by the name TFLITE_METADATA. Its tables are those of
metadata_schema.fbs, version 1.5.0, of MediaPipe (mediapipe/tasks/metadata) and formerly of
tflite-support; the classes for it come with neither of the libraries here, and only what a stylizer
has to say is written. A file of MediaPipe's own classes in the tests keeps the numbers honest.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edge_app.core.errors import PackError
from edge_app.core.size import Size

NAME = b"TFLITE_METADATA"

IDENTIFIER = b"M001"
"""Of the flatbuffer; the schema's `file_identifier`."""

PARSER_VERSION = "1.0.0"
"""The oldest reader that understands all of it: no table or key here is younger."""

DAMAGES = (struct.error, AttributeError, IndexError, TypeError, ValueError)
"""What flatbuffers raise where an offset leads astray: none is checked."""


@dataclass(frozen=True, kw_only=True)
class TensorMetadata:
    """An input or an output."""

    name: str
    description: str
    axes: tuple[str, ...]
    """The names of its dimensions, in order."""
    size: Size | None = None
    """Of an RGB picture: the (height, width) it has, or usually has; None: it is no picture."""
    normalization: tuple[float, float] | None = None
    """(mean, std): (x - mean) / std goes in of a picture x in 0..255; of what comes out it makes
    such a picture."""
    value_range: tuple[float, float] | None = None
    """Smallest and largest number that it holds."""

    def __str__(self) -> str:
        """'image: RGB 512x512, (x - 0) / 255, 0 to 1'."""
        parts = ["numbers" if self.size is None else "RGB {}x{}".format(*self.size)]
        if self.normalization is not None:
            parts.append("(x - {:g}) / {:g}".format(*self.normalization))
        if self.value_range is not None:
            parts.append("{:g} to {:g}".format(*self.value_range))
        return f"{self.name}: {', '.join(parts)}"


@dataclass(frozen=True, kw_only=True)
class ModelMetadata:
    """What a file says of itself."""

    name: str
    description: str
    version: str
    author: str
    licence: str
    inputs: tuple[TensorMetadata, ...]
    """In the order of the graph's inputs."""
    outputs: tuple[TensorMetadata, ...]

    def to_bytes(self) -> bytes:
        """The flatbuffer; equal metadata give equal bytes."""
        import flatbuffers

        builder = flatbuffers.Builder(1024)
        root = _written(builder, _model_table(self))
        builder.Finish(root, file_identifier=IDENTIFIER)
        return bytes(builder.Output())

    @classmethod
    def from_bytes(cls, content: bytes) -> ModelMetadata:
        """The way back.

        Raises:
            PackError: it is no such flatbuffer, or a damaged one.
        """
        from flatbuffers import table, util

        try:
            if not util.BufferHasIdentifier(content, 0, IDENTIFIER):
                raise PackError(
                    f"TFLite metadata: damaged: expected the identifier {IDENTIFIER.decode()}"
                )
            root = struct.unpack_from("<I", content)[0]
            return _model(_Reader(table.Table(content, root)))
        except DAMAGES as error:
            raise PackError(f"TFLite metadata: damaged: {error}") from error


def embed(model: Any, metadata: ModelMetadata) -> None:  # noqa: ANN401 - LiteRT's ModelT
    """Put metadata into a model that LiteRT's `flatbuffer_utils` has read."""
    from ai_edge_litert.schema_py_generated import BufferT, MetadataT

    entry, buffer = MetadataT(), BufferT()
    entry.name, entry.buffer = NAME, len(model.buffers)
    buffer.data = list(metadata.to_bytes())
    model.metadata = [*(model.metadata or ()), entry]
    model.buffers.append(buffer)


def metadata_of(content: bytes) -> ModelMetadata | None:
    """What a TFLite file says of itself; None where it says nothing in this form.

    Raises:
        PackError: what it says is damaged, or the file itself is.
    """
    from ai_edge_litert.schema_py_generated import Model

    try:
        model = Model.GetRootAs(content)
        for i in range(model.MetadataLength()):
            entry = model.Metadata(i)
            if entry.Name() == NAME:
                written = model.Buffers(entry.Buffer()).DataAsNumpy()
                return ModelMetadata.from_bytes(written.tobytes())
    except DAMAGES as error:
        raise PackError(f"TFLite metadata: damaged: {error}") from error
    return None


# Fields of the tables by their order in the schema; those that are not written are left out.
_MODEL_NAME, _MODEL_DESCRIPTION, _MODEL_VERSION, _SUBGRAPHS, _AUTHOR, _LICENCE = range(6)
_MIN_PARSER_VERSION = 7
_SUBGRAPH_INPUTS, _SUBGRAPH_OUTPUTS = 2, 3
_NAME, _DESCRIPTION, _DIMENSION_NAMES, _CONTENT, _PROCESS_UNITS, _STATS = range(6)
_UNION_TYPE, _UNION = range(2)
_COLOUR_SPACE, _DEFAULT_SIZE = range(2)
_WIDTH, _HEIGHT = range(2)
_MEAN, _STD = range(2)
_MAX, _MIN = range(2)

# Members of the unions and enumerations.
_FEATURE_PROPERTIES, _IMAGE_PROPERTIES = 1, 2
_NORMALIZATION_OPTIONS = 1
_RGB = 1


@dataclass(frozen=True)
class _Byte:
    value: int


@dataclass(frozen=True)
class _Number:
    """32 bits, without a sign."""

    value: int


_Table = Mapping[int, Any]
"""Field -> a _Byte, a _Number, or what is written apart and pointed to: text, floats, texts, a
table, tables."""


def _model_table(metadata: ModelMetadata) -> _Table:
    subgraph = {
        _SUBGRAPH_INPUTS: [_tensor_table(each) for each in metadata.inputs],
        _SUBGRAPH_OUTPUTS: [_tensor_table(each) for each in metadata.outputs],
    }
    return {
        _MODEL_NAME: metadata.name,
        _MODEL_DESCRIPTION: metadata.description,
        _MODEL_VERSION: metadata.version,
        _SUBGRAPHS: [subgraph],
        _AUTHOR: metadata.author,
        _LICENCE: metadata.licence,
        _MIN_PARSER_VERSION: PARSER_VERSION,
    }


def _tensor_table(tensor: TensorMetadata) -> _Table:
    fields: dict[int, Any] = {
        _NAME: tensor.name,
        _DESCRIPTION: tensor.description,
        _DIMENSION_NAMES: list(tensor.axes),
        _CONTENT: _union(_FEATURE_PROPERTIES, {}),
    }
    if tensor.size is not None:
        height, width = tensor.size
        size = {_WIDTH: _Number(width), _HEIGHT: _Number(height)}
        picture = {_COLOUR_SPACE: _Byte(_RGB), _DEFAULT_SIZE: size}
        fields[_CONTENT] = _union(_IMAGE_PROPERTIES, picture)
    if tensor.normalization is not None:
        mean, std = tensor.normalization
        fields[_PROCESS_UNITS] = [_union(_NORMALIZATION_OPTIONS, {_MEAN: [mean], _STD: [std]})]
    if tensor.value_range is not None:
        least, most = tensor.value_range
        fields[_STATS] = {_MAX: [most], _MIN: [least]}
    return fields


def _union(member: int, table: _Table) -> _Table:
    return {_UNION_TYPE: _Byte(member), _UNION: table}


def _written(builder: Any, value: Any) -> int:  # noqa: ANN401 - flatbuffers', and any value
    """Write what is pointed to, and give its place: from the innermost out, as flatbuffers want."""
    match value:
        case str():
            return int(builder.CreateString(value))
        case Mapping():
            return _written_table(builder, value)
        case [float(), *_]:
            builder.StartVector(4, len(value), 4)
            for number in reversed(value):
                builder.PrependFloat32(number)
            return int(builder.EndVector())
    places = [_written(builder, each) for each in value]
    builder.StartVector(4, len(places), 4)
    for place in reversed(places):
        builder.PrependUOffsetTRelative(place)
    return int(builder.EndVector())


def _written_table(builder: Any, table: _Table) -> int:  # noqa: ANN401 - flatbuffers'
    scalars = (_Byte, _Number)
    places = {f: _written(builder, v) for f, v in table.items() if not isinstance(v, scalars)}
    builder.StartObject(max(table, default=-1) + 1)
    for field, value in table.items():
        match value:
            case _Byte(number):
                builder.PrependUint8Slot(field, number, 0)
            case _Number(number):
                builder.PrependUint32Slot(field, number, 0)
            case _:
                builder.PrependUOffsetTRelativeSlot(field, places[field], 0)
    return int(builder.EndObject())


class _Reader:
    """One table."""

    def __init__(self, table: Any) -> None:  # noqa: ANN401 - flatbuffers'
        self._table = table

    def _place(self, field: int) -> int:
        """Behind the table's own; 0 where it is not there."""
        return int(self._table.Offset(4 + 2 * field))

    def text(self, field: int) -> str:
        place = self._place(field)
        return self._table.String(self._table.Pos + place).decode() if place else ""

    def byte(self, field: int) -> int:
        return self._scalar(field, "<B")

    def number(self, field: int) -> int:
        return self._scalar(field, "<I")

    def _scalar(self, field: int, kind: str) -> int:
        place = self._place(field)
        if not place:
            return 0
        return int(struct.unpack_from(kind, self._table.Bytes, self._table.Pos + place)[0])

    def _elements(self, field: int) -> range:
        """Where the elements of a vector lie, of four bytes each."""
        place = self._place(field)
        if not place:
            return range(0)
        begin, count = self._table.Vector(place), self._table.VectorLen(place)
        return range(begin, begin + 4 * count, 4)

    def floats(self, field: int) -> tuple[float, ...]:
        found = (struct.unpack_from("<f", self._table.Bytes, at)[0] for at in self._elements(field))
        return tuple(found)

    def texts(self, field: int) -> tuple[str, ...]:
        return tuple(self._table.String(at).decode() for at in self._elements(field))

    def tables(self, field: int) -> tuple[_Reader, ...]:
        return tuple(self._at(at) for at in self._elements(field))

    def table(self, field: int) -> _Reader | None:
        place = self._place(field)
        return self._at(self._table.Pos + place) if place else None

    def _at(self, place: int) -> _Reader:
        return _Reader(type(self._table)(self._table.Bytes, self._table.Indirect(place)))

    def union(self, member: int) -> _Reader | None:
        """What the union holds, if it is that member."""
        return self.table(_UNION) if self.byte(_UNION_TYPE) == member else None


def _model(reader: _Reader) -> ModelMetadata:
    (subgraph,) = reader.tables(_SUBGRAPHS)
    return ModelMetadata(
        name=reader.text(_MODEL_NAME),
        description=reader.text(_MODEL_DESCRIPTION),
        version=reader.text(_MODEL_VERSION),
        author=reader.text(_AUTHOR),
        licence=reader.text(_LICENCE),
        inputs=tuple(_tensor(each) for each in subgraph.tables(_SUBGRAPH_INPUTS)),
        outputs=tuple(_tensor(each) for each in subgraph.tables(_SUBGRAPH_OUTPUTS)),
    )


def _tensor(reader: _Reader) -> TensorMetadata:
    content, stats = reader.table(_CONTENT), reader.table(_STATS)
    picture = content and content.union(_IMAGE_PROPERTIES)
    size = picture and picture.table(_DEFAULT_SIZE)
    steps = [unit.union(_NORMALIZATION_OPTIONS) for unit in reader.tables(_PROCESS_UNITS)]
    normalizations = [(*step.floats(_MEAN), *step.floats(_STD)) for step in steps if step]
    return TensorMetadata(
        name=reader.text(_NAME),
        description=reader.text(_DESCRIPTION),
        axes=reader.texts(_DIMENSION_NAMES),
        size=(size.number(_HEIGHT), size.number(_WIDTH)) if size else None,
        normalization=_pair(normalizations[0]) if normalizations else None,
        value_range=_pair((*stats.floats(_MIN), *stats.floats(_MAX))) if stats else None,
    )


def _pair(numbers: tuple[float, ...]) -> tuple[float, float]:
    first, second = numbers
    return first, second
