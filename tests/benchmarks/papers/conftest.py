"""Made-up findings of the five methods."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from benchmarks.papers.config import SHARES, Method
from benchmarks.papers.findings import (
    Comparison,
    Decoding,
    Drawing,
    Execution,
    Findings,
    Recipe,
    staged,
)
from benchmarks.quality.results import (
    Distances,
    Evaluation,
    Judgement,
    Picture,
    Recognition,
    Settings,
    Weights,
)
from benchmarks.results import Results
from benchmarks.timing import Series

STYLES = ("starry_night", "great_wave")
PHOTOS = tuple(f"photo{number}" for number in range(7))

KEPT = {
    Method.RESNET_IN: 0.5,
    Method.CNN: 0.2,
    Method.CNN_BN: 0.3,
    Method.FNST: 0.6,
    Method.NAAS: 0.4,
}
"""Method -> MIoU of its first photograph in the first style; 0.01 more for each next photograph,
0.1 more in the second style."""


def make_judgement(method: Method, share: int, style: str) -> Judgement:
    shift = 0.1 * STYLES.index(style)
    return Judgement(
        method=staged(method, share),
        style=style,
        title=style.replace("_", " "),
        kind="run",
        source=style,
        sha256=None,
        model=None,
        painting=f"{style}.jpg",
        weights=Weights(
            content=1.0, style=10.0, content_layers={"relu3_1": 1.0}, style_layers={"relu1_1": 1.0}
        ),
        pictures=tuple(
            Picture(
                photo=photo,
                distances=Distances(
                    content={"relu3_1": 1.0},
                    style={"relu1_1": 10.0 / share},
                    photo_style={"relu1_1": 1.0},
                ),
                miou=KEPT[method] + shift + 0.01 * number,
            )
            for number, photo in enumerate(PHOTOS)
        ),
    )


def make_recognition(method: Method, share: int) -> Recognition:
    """Ten pictures of two styles and six photographs; sharper with the share."""
    rng = np.random.default_rng(share)
    truth = (0,) * 5 + (1,) * 5 + (2,) * 6
    scores = rng.dirichlet((1.0, 1.0, 1.0), len(truth))
    scores[np.arange(len(truth)), truth] += share / 100
    scores /= scores.sum(1, keepdims=True)
    return Recognition(
        method=staged(method, share),
        labels=(*STYLES, "photograph"),
        truth=truth,
        scores=tuple(tuple(map(float, row)) for row in scores),
        control=0.97,
        accuracy=share / 100,
        recall=0.9,
        f1=0.91,
        auc=0.95,
    )


def make_evaluation(*, stages: bool) -> Evaluation:
    shares = SHARES if stages else (100,)
    return Evaluation(
        created="2026-11-20T14:00:00+00:00",
        version="0.1.0",
        libraries={"torch": "2.14.1"},
        settings=Settings(
            photos="others", photo_count=7, size=256, judge="vgg19-lite", judge_sha256=()
        ),
        judgements=tuple(
            make_judgement(method, share, style)
            for share in reversed(shares)
            for method in Method
            for style in STYLES
        ),
        recognition=tuple(
            make_recognition(method, share) for share in reversed(shares) for method in Method
        ),
        notices=("A photograph <could> not be read.",),
    )


def make_comparison(results: Results) -> Comparison:
    steady = Series(warmups_ms=(), samples_ms=(2000.0,) * 5)
    return Comparison(
        recipe=Recipe(
            photos="cc",
            photo_count=1140,
            test_photos="others",
            steps=1000,
            batch=4,
            crop=192,
            learning_rate=1e-3,
            cnn_learning_rate=3e-4,
            style_size=384,
            teacher="vgg19-lite",
            naas_steps=200,
            given=("FNST",),
        ),
        seen=make_evaluation(stages=False),
        unseen=make_evaluation(stages=True),
        execution=Execution(
            threads=1,
            runtime="PyTorch 2.14.1 on the CPU",
            environment=results.environment,
            before=results.before,
            after=results.after,
            decodings=tuple(
                Decoding(
                    image_type=kind,
                    size=256,
                    times=Series(warmups_ms=(), samples_ms=(time_ms,) * 5),
                )
                for kind, time_ms in (("JPEG", 10.0), ("PNG", 30.0))
            ),
            drawings=tuple(
                Drawing(
                    method=method,
                    size=256,
                    times=steady,
                    steps=200 if method is Method.NAAS else 1,
                )
                for method in Method
            ),
        ),
    )


@pytest.fixture
def findings(results: Callable[..., Results]) -> Callable[..., Findings]:
    """Factory: the findings of all five methods, with some fields changed."""

    def make(**changes: Any) -> Findings:
        latency = changes.pop("latency", results())
        values: dict[str, Any] = {
            "created": "2026-11-20T18:00:00+00:00",
            "version": "0.1.0",
            "latency": latency,
            "comparison": make_comparison(latency),
        }
        return Findings(**{**values, **changes})

    return make
