from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_app.core.errors import ConfigError, PackError
from edge_app.core.strict_json import from_json, to_json


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, kw_only=True)
class Part:
    weight: float = 1.0

    def __post_init__(self):
        if self.weight < 0:
            raise ConfigError(f"weight: expected 0 or more, got {self.weight}")


@dataclass(frozen=True, kw_only=True)
class Whole:
    name: str
    count: int
    share: float
    on: bool
    colour: Colour
    kind: Literal["a", "b"]
    place: Path
    maybe: int | None
    pair: tuple[int, str]
    many: tuple[Part, ...]
    by_name: dict[str, float]
    anything: dict[str, Any]
    part: Part = field(default_factory=Part)


whole = Whole(
    name="ü\n",
    count=3,
    share=0.1,
    on=True,
    colour=Colour.BLUE,
    kind="b",
    place=Path("a/b"),
    maybe=None,
    pair=(1, "x"),
    many=(Part(), Part(weight=2.5)),
    by_name={"x": 1.5},
    anything={"deep": [1, {"er": None}]},
)


def read(text, kind=Whole):
    return from_json(kind, text, where="file.json", error=PackError)


def changed(**changes):
    return json.dumps(json.loads(to_json(whole)) | changes)


def test_round_trip():
    back = read(to_json(whole))
    assert back == whole
    assert isinstance(back.place, Path)
    assert back.colour is Colour.BLUE
    assert to_json(back) == to_json(whole)
    assert read(to_json(whole).encode()) == whole


@given(st.floats(allow_nan=False, allow_infinity=False), st.text(), st.integers() | st.none())
def test_round_trip_of_any_values(share, name, maybe):
    @dataclass(frozen=True)
    class Small:
        share: float
        name: str
        maybe: int | None

    # Locally defined, so its annotations are given as types.
    Small.__annotations__ = {"share": float, "name": str, "maybe": int | None}
    small = Small(share, name, maybe)
    assert read(to_json(small), Small) == small


def test_defaults_may_be_left_out_and_integers_stand_for_floats():
    values = json.loads(changed(share=2))
    del values["part"]
    back = read(json.dumps(values))
    assert back.part == Part()
    assert isinstance(back.share, float)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": 3}, "name: expected a text, got 3"),
        ({"count": 3.0}, "count: expected a whole number, got 3.0"),
        ({"count": True}, "count: expected a whole number, got true"),
        ({"count": "3"}, 'count: expected a whole number, got "3"'),
        ({"share": "0.1"}, 'share: expected a number, got "0.1"'),
        ({"share": True}, "share: expected a number, got true"),
        ({"share": None}, "share: expected a number, got null"),
        ({"share": 10**400}, "share: expected a number, got 1000"),
        ({"on": 1}, "on: expected true or false, got 1"),
        ({"colour": "green"}, 'colour: expected one of red, blue, got "green"'),
        ({"kind": "c"}, 'kind: expected one of a, b, got "c"'),
        ({"kind": ["a"]}, r'kind: expected one of a, b, got \["a"\]'),
        ({"place": 1}, "place: expected a text, got 1"),
        ({"maybe": "x"}, 'maybe: expected a whole number, got "x"'),
        ({"pair": [1]}, r"pair: expected a list of 2, got \[1\]"),
        ({"pair": "1x"}, 'pair: expected a list, got "1x"'),
        ({"pair": ["x", 1]}, r'pair\[0\]: expected a whole number, got "x"'),
        ({"many": {}}, r"many: expected a list, got \{\}"),
        ({"many": [{}, {"weight": "x"}]}, r'many\[1\].weight: expected a number, got "x"'),
        ({"many": [{}, {"height": 1}]}, r"many\[1\].height: unknown key; there are: weight"),
        ({"many": [{"weight": -1}]}, r"many\[0\]: weight: expected 0 or more, got -1"),
        ({"many": [3]}, r"many\[0\]: expected an object, got 3"),
        ({"by_name": {"x": "y"}}, 'by_name.x: expected a number, got "y"'),
        ({"by_name": []}, r"by_name: expected an object, got \[\]"),
        ({"part": None}, "part: expected an object, got null"),
        ({"extra": 1}, "extra: unknown key; there are: name, count, "),
    ],
)
def test_misfits_are_named(changes, message):
    with pytest.raises(PackError, match=f"^file.json: {message}"):
        read(changed(**changes))


def test_missing_keys_are_named():
    values = json.loads(to_json(whole))
    del values["colour"]
    with pytest.raises(PackError, match=r"^file.json: colour: the key is missing$"):
        read(json.dumps(values))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not readable as JSON"),
        ("{", "not readable as JSON"),
        (b"\xff\xfe", "not readable as JSON"),
        ('{"a": 1, "a": 2}', "the key 'a' is there twice"),
        ('{"share": NaN}', "NaN is not a number that JSON knows"),
        ('{"share": -Infinity}', "-Infinity is not a number"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", r"expected an object, got \[\]"),
        ("null", "expected an object, got null"),
        ("9" * 10_000, "not readable as JSON"),
    ],
)
def test_text_that_is_no_such_json(text, message):
    with pytest.raises(PackError, match=f"^file.json: .*{message}"):
        read(text)


def test_long_values_are_cut_in_the_message():
    with pytest.raises(PackError) as caught:
        read(changed(count="x" * 1000))
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_figures_that_json_does_not_know_are_not_written(number):
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(Part(weight=number))
