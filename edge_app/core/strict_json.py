"""Dataclasses to JSON and back, strictly: whatever does not fit is an error that says where.

`to_json` writes any dataclass made of dataclasses, str, int, float, bool, None, Path, StrEnum,
tuples and dicts with str keys; `from_json` reads it back by the annotations alone. Nothing is
guessed or ignored: unknown, missing and repeated keys, NaN and infinity, and values of another
type are errors. A key may be left out where the dataclass has a default.
"""

from __future__ import annotations

import dataclasses
import json
import math
import types
import typing
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, TypeVar

from edge_app.core.errors import EdgestyleError

T = TypeVar("T")


class _MisfitError(Exception):
    """A value that does not fit; `trail` is where in the document, as in 'models[0].size'."""

    def __init__(self, trail: str, message: str) -> None:
        super().__init__(f"{trail}: {message}" if trail else message)


def to_json(value: object) -> str:
    """A dataclass as indented JSON with a final newline; the same value gives the same text.

    Raises:
        ValueError: a float in it is NaN or infinite, which JSON cannot say.
    """
    assert dataclasses.is_dataclass(value)
    assert not isinstance(value, type)
    values = dataclasses.asdict(value)
    text = json.dumps(values, indent=2, default=_plain, ensure_ascii=False, allow_nan=False)
    return text + "\n"


def from_json(kind: type[T], text: str | bytes, *, where: str, error: type[EdgestyleError]) -> T:
    """Read what `to_json` wrote.

    Args:
        kind: the dataclass to build.
        text: JSON; bytes are UTF-8.
        where: begins every error's text: the file's name.
        error: the class of the errors.

    Raises:
        error: not JSON, or not `kind`'s; the text names the place, what was expected and what
            was got. Errors that `kind` itself raises on building are passed on in this form.
    """
    return build(kind, load(text, where=where, error=error), where=where, error=error)


def load(text: str | bytes, *, where: str, error: type[EdgestyleError]) -> Any:  # noqa: ANN401
    """JSON text as plain dicts, lists and values; repeated keys, NaN and infinity are errors."""
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        return json.loads(text, object_pairs_hook=_unique_keys, parse_constant=_no_constant)
    except RecursionError as problem:
        raise error(f"{where}: not readable as JSON: nested too deeply") from problem
    except ValueError as problem:
        raise error(f"{where}: not readable as JSON: {problem}") from problem


def check_schema_version(
    raw: object,
    newest: int,
    oldest: int | None = None,
    *,
    what: str,
    where: str,
    error: type[EdgestyleError],
) -> None:
    """Raise `error` unless what `load` gave is an object of a schema version that can be read.

    To be called before `build`: the keys of a newer schema are unknown here, and that is not the
    news.

    Args:
        raw: what `load` gave.
        newest: the newest version that can be read.
        oldest: the oldest one; the newest if not given.
        what: whose schema it is, for the text: 'manifest'.
        where: as in `from_json`.
        error: as in `from_json`.
    """
    try:
        _expect(isinstance(raw, dict), "an object", raw, "")
        values = typing.cast("dict[str, Any]", raw)
        _expect_key(values, "schema_version", "")
        version: int = _scalar(int, values["schema_version"], "schema_version")
    except _MisfitError as misfit:
        raise error(f"{where}: {misfit}") from misfit
    if version > newest:
        raise error(
            f"{where}: made by a newer edgestyle ({what} schema {version}, this one reads up to "
            f"{newest}); update edgestyle to use it"
        )
    oldest = newest if oldest is None else oldest
    if version < oldest:
        expected = str(newest) if oldest == newest else f"{oldest} to {newest}"
        raise error(f"{where}: schema_version: expected {expected}, got {version}")


def build(kind: type[T], raw: object, *, where: str, error: type[EdgestyleError]) -> T:
    """Make the dataclass `kind` of what `load` gave; raises as `from_json` does."""
    try:
        result: T = _value(kind, raw, "")
    except _MisfitError as misfit:
        raise error(f"{where}: {misfit}") from misfit
    return result


def _value(hint: Any, raw: Any, trail: str) -> Any:  # noqa: ANN401 - by annotation, from JSON
    if hint is Any:
        return raw
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {types.UnionType, typing.Union}:
        (inner,) = (option for option in arguments if option is not types.NoneType)
        return None if raw is None else _value(inner, raw, trail)
    if origin is Literal:
        if raw not in arguments or isinstance(raw, bool):
            raise _MisfitError(trail, f"expected one of {_listed(arguments)}, got {_shown(raw)}")
        return raw
    if origin is tuple:
        return _tuple(arguments, raw, trail)
    if origin is dict:
        _expect(isinstance(raw, dict), "an object", raw, trail)
        return {key: _value(arguments[1], item, _below(trail, key)) for key, item in raw.items()}
    if dataclasses.is_dataclass(hint):
        return _dataclass(typing.cast("type[Any]", hint), raw, trail)
    return _scalar(hint, raw, trail)


def _dataclass(kind: type[Any], raw: Any, trail: str) -> Any:  # noqa: ANN401
    _expect(isinstance(raw, dict), "an object", raw, trail)
    fields = {field.name: field for field in dataclasses.fields(kind) if field.init}
    unknown = [key for key in raw if key not in fields]
    if unknown:
        raise _MisfitError(
            _below(trail, unknown[0]), f"unknown key; there are: {', '.join(fields)}"
        )
    for name, field in fields.items():
        required = field.default is field.default_factory is dataclasses.MISSING
        if required:
            _expect_key(raw, name, trail)
    hints = typing.get_type_hints(kind)
    values = {name: _value(hints[name], item, _below(trail, name)) for name, item in raw.items()}
    try:
        return kind(**values)
    except EdgestyleError as problem:
        raise _MisfitError(trail, str(problem)) from problem


def _tuple(arguments: tuple[Any, ...], raw: Any, trail: str) -> tuple[Any, ...]:  # noqa: ANN401
    _expect(isinstance(raw, list), "a list", raw, trail)
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        hints = [arguments[0]] * len(raw)
    else:
        hints = list(arguments)
        _expect(len(raw) == len(hints), f"a list of {len(hints)}", raw, trail)
    return tuple(
        _value(hint, item, f"{trail}[{i}]")
        for i, (hint, item) in enumerate(zip(hints, raw, strict=True))
    )


def _scalar(hint: Any, raw: Any, trail: str) -> Any:  # noqa: ANN401
    if hint is float:
        # JSON does not tell 1 from 1.0; in Python a bool is an int too.
        number = isinstance(raw, (int, float)) and not isinstance(raw, bool)
        _expect(number and _is_finite(raw), "a number", raw, trail)
        return float(raw)
    if hint is int:
        _expect(isinstance(raw, int) and not isinstance(raw, bool), "a whole number", raw, trail)
        return raw
    if hint is bool:
        _expect(isinstance(raw, bool), "true or false", raw, trail)
        return raw
    assert isinstance(hint, type), f"{trail}: strict_json cannot read {hint}"
    assert issubclass(hint, (str, Path)), f"{trail}: strict_json cannot read {hint}"
    _expect(isinstance(raw, str), "a text", raw, trail)
    if issubclass(hint, StrEnum) and raw not in set(hint):
        raise _MisfitError(trail, f"expected one of {_listed(tuple(hint))}, got {_shown(raw)}")
    return hint(raw)


def _expect(fits: bool, what: str, raw: object, trail: str) -> None:
    if not fits:
        raise _MisfitError(trail, f"expected {what}, got {_shown(raw)}")


def _expect_key(raw: dict[str, Any], key: str, trail: str) -> None:
    if key not in raw:
        raise _MisfitError(_below(trail, key), "the key is missing")


def _is_finite(number: float) -> bool:
    try:
        return math.isfinite(number)
    except OverflowError:  # an int beyond every float
        return False


def _below(trail: str, key: str) -> str:
    return f"{trail}.{key}" if trail else key


def _listed(options: tuple[Any, ...]) -> str:
    return ", ".join(str(option) for option in options)


def _shown(raw: object) -> str:
    text = json.dumps(raw, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."


def _plain(value: object) -> str:
    if isinstance(value, Path):
        return value.as_posix()
    raise TypeError(f"strict_json cannot write {type(value).__name__}")


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(f"the key '{key}' is there twice")
        result[key] = value
    return result


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number that JSON knows")
