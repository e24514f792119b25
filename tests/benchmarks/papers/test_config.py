from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.papers.config import Method, PapersConfig
from edge_app.core.errors import ConfigError

GOOD = {
    "paintings": (Path("a/wave.jpg"), Path("b/night.png")),
    "photos": Path("photos"),
    "test_photos": Path("others"),
}


def test_table_ii_alone_needs_nothing():
    assert PapersConfig().work_folder == Path("papers/work")
    assert PapersConfig(work=Path("w")).work_folder == Path("w")


def test_runs_are_taken_apart():
    config = PapersConfig(**GOOD, runs=("resnet-in=runs/a=b", "FNST=c"))
    assert config.given_runs == ((Method.RESNET_IN, Path("runs/a=b")), (Method.FNST, Path("c")))
    assert list(config.styles) == ["wave", "night"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"steps": 7}, "steps: expected a multiple of 5"),
        ({"naas_steps": 0}, "naas_steps"),
        ({"photographs": 4}, "photographs: expected at least 5"),
        ({"side": 30}, "side"),
        ({"sizes": ()}, "sizes"),
        ({"sizes": (256, 130)}, "sizes"),
        ({"threads": 0}, "threads"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"photos": None}, "photos: a folder of photographs is needed"),
        ({"test_photos": None}, "test_photos: a folder"),
        ({"test_photos": Path("x/../photos")}, "test_photos: expected another folder"),
        ({"paintings": ()}, "photos: has no meaning without paintings"),
        ({"paintings": (Path("a/wave.jpg"), Path("b/wave.png"))}, "two have one name"),
        ({"runs": ("VGG=x",)}, "expected METHOD=RUN with one of ResNet-IN"),
        ({"runs": ("CNN",)}, "got 'CNN'"),
        ({"runs": ("NAAS=x",)}, "NAAS trains nothing"),
        ({"crop": 65}, "crop: expected a multiple of 4"),
    ],
)
def test_what_cannot_be_made_is_refused(changes, said):
    with pytest.raises(ConfigError, match=said.replace("(", r"\(")):
        PapersConfig(**{**GOOD, **changes})
