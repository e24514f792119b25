"""What the gates say that they were measured on, of one style and of a trunk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from edge_app.core.image import Bytes, read_image
from edge_app.core.manifest import Gate
from export.parity import Judge
from export.recipes import GOOD_ENOUGH
from export.subjects import Subject, check, compared
from training.config import PHOTOGRAPH, StylizerConfig
from training.network import Stylizer

from .conftest import fake_judge, make_stylizer

JUDGED = ("content_change", "style_change")
MISSING = "; not judged: content_change, style_change"


@pytest.fixture(scope="module")
def tiny() -> Stylizer:
    return make_stylizer(StylizerConfig(width=8, blocks=1))


@pytest.fixture
def told(tiny: Stylizer, photos: Path):
    """Metric -> what its gate was measured on, in those styles, mixes last; all pictures right."""
    photo: list[tuple[str, Bytes]] = [("chelsea.jpg", read_image(photos / "chelsea.jpg"))]

    def tell(judges: dict[str, Judge | None], mixes: int = 0) -> dict[str, str]:
        subjects = [
            Subject(stylizer=tiny, name=name, judge=judge) for name, judge in judges.items()
        ]
        subjects += [Subject(stylizer=tiny, name=f"mix {i}", is_mix=True) for i in range(mixes)]
        what = compared(subjects, photo, [(64, 64)])
        right = {
            case.given.tobytes(): case.expected
            for each in what
            for case in (*each.cases, *each.dark)
        }
        gates: tuple[Gate, ...] = check(
            "x", lambda picture, style: right[picture.tobytes()], what, GOOD_ENOUGH
        )
        assert all(np.isfinite(gate.worst) for gate in gates)
        return {gate.metric: gate.on.removeprefix("1 photograph at 64x64") for gate in gates}

    return tell


def test_one_style(told):
    assert not any(MISSING in on for on in told({"": fake_judge}).values())
    without = told({"": None})
    assert without["ssim"] == MISSING
    assert not set(JUDGED) & set(without)


def test_a_trunk_that_nothing_judges_says_so_once_and_at_the_end(told):
    found = told({"dawn": None, "dusk": None, PHOTOGRAPH: None}, mixes=2)
    assert found["ssim"] == f", in 3 styles and 2 mixes{MISSING}"
    assert not set(JUDGED) & set(found)


@pytest.mark.parametrize("first", [None, fake_judge])
def test_what_is_judged_in_some_styles_says_in_how_many(told, first):
    """Which style comes first makes no difference: the note is of all of them."""
    found = told({"dawn": first, "dusk": fake_judge, PHOTOGRAPH: None}, mixes=1)
    assert found["ssim"] == ", in 3 styles and 1 mix"
    assert found["style_change"] == (", in 2 styles" if first else ", in 1 style")
