"""The JSON Schema of dataclasses that edge_app/core/strict_json.py writes, for other programs.

    python -m edge_app.core.json_schema > docs/manifest.schema.json

writes the one of a style pack's manifest again. What dataclasses check on building (hashes, names,
gates that hold) is more than a schema can say.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import sys
import textwrap
import types
import typing
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from edge_app.core.manifest import OLDEST_VERSION, SCHEMA_VERSION, Manifest

_SCALARS = {str: "string", Path: "string", int: "integer", float: "number", bool: "boolean"}


def json_schema(kind: type[Any]) -> dict[str, Any]:
    """The JSON Schema (2020-12) of a dataclass and those inside it."""
    definitions: dict[str, Any] = {}
    _of_dataclass(kind, definitions)
    own = definitions.pop(kind.__name__)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind.__name__,
        **own,
        "$defs": definitions,
    }


def manifest_schema() -> str:
    """The text of docs/manifest.schema.json."""
    schema = json_schema(Manifest)
    version = schema["properties"]["schema_version"]
    version["minimum"], version["maximum"] = OLDEST_VERSION, SCHEMA_VERSION
    schema["required"].append("schema_version")
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _of_dataclass(kind: type[Any], definitions: dict[str, Any]) -> dict[str, Any]:
    reference = {"$ref": f"#/$defs/{kind.__name__}"}
    if kind.__name__ in definitions:
        return reference
    definitions[kind.__name__] = {}  # for a class that holds itself
    hints, told = typing.get_type_hints(kind), _docstrings(kind)
    properties, required = {}, []
    for field in dataclasses.fields(kind):
        properties[field.name] = _of(hints[field.name], definitions)
        if field.name in told:
            properties[field.name]["description"] = told[field.name]
        if field.default is field.default_factory is dataclasses.MISSING:
            required.append(field.name)
    definitions[kind.__name__] = {
        "description": inspect.cleandoc(kind.__doc__ or ""),
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    return reference


def _of(hint: Any, definitions: dict[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - an annotation
    if hint is Any:
        return {}
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {types.UnionType, typing.Union}:
        return {"anyOf": [_of(option, definitions) for option in arguments]}
    if hint is types.NoneType:
        return {"type": "null"}
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _of(arguments[1], definitions)}
    if origin is tuple and arguments[1:] == (Ellipsis,):
        return {"type": "array", "items": _of(arguments[0], definitions)}
    if origin is tuple:
        items = [_of(each, definitions) for each in arguments]
        return {"type": "array", "prefixItems": items, "minItems": len(items), "items": False}
    if dataclasses.is_dataclass(hint):
        return _of_dataclass(typing.cast("type[Any]", hint), definitions)
    if issubclass(hint, StrEnum):
        return {"enum": [str(each) for each in hint]}
    return {"type": _SCALARS[hint]}


def _docstrings(kind: type[Any]) -> dict[str, str]:
    """Field -> the text that stands below it in the source."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(definition, ast.ClassDef)
    told = {}
    for field, below in zip(definition.body, definition.body[1:]):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
            continue
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            told[field.target.id] = " ".join(str(below.value.value).split())
    return told


if __name__ == "__main__":
    sys.stdout.write(manifest_schema())
