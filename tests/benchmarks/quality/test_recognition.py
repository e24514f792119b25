from __future__ import annotations

import numpy as np
import pytest

from benchmarks.quality.photographs import read_photographs
from benchmarks.quality.recognition import PHOTOGRAPH, Recogniser, crops, recognition
from edge_app.core.errors import PhotoFolderError
from edge_app.core.image import resize


@pytest.fixture(scope="module")
def stripes() -> np.ndarray:
    """A second painting: coloured diagonals, 96x160."""
    y, x = np.mgrid[:96, :160]
    wave = 0.5 + 0.5 * np.sin((x + y)[..., None] / np.array([2.0, 3.0, 5.0]))
    return (255 * wave).astype(np.uint8)


@pytest.fixture(scope="module")
def photographs(many_photos):
    return read_photographs(many_photos, count=4, side=64)


@pytest.fixture(scope="module")
def recogniser(judge, whirl, stripes, photographs) -> Recogniser:
    paintings = {"whirl": whirl, "stripes": stripes}
    return Recogniser(judge, paintings, photographs.rest, side=64)


def ask(recogniser, pictures, truth):
    scores = recogniser.probabilities([recogniser.features(picture) for picture in pictures])
    return recognition("some", recogniser, truth, scores)


def test_paintings_are_known_and_photographs_are_none(recogniser, whirl, stripes, photographs):
    assert recogniser.labels == ("whirl", "stripes", PHOTOGRAPH)
    assert recogniser.control > 0.9
    rng = np.random.default_rng(7)
    pictures = [*crops(whirl, 4, rng), *crops(stripes, 4, rng)]
    bare = [photo.picture for photo in photographs.judged]
    found = ask(recogniser, pictures + bare, [0] * 4 + [1] * 4 + [2] * 4)
    assert min(found.accuracy, found.recall, found.f1, found.auc) > 0.9
    assert np.sum(found.scores, axis=1) == pytest.approx(1, abs=1e-5)


def test_photographs_that_pass_for_paintings_are_not_recognised(recogniser, photographs):
    """A stylizer that does nothing must fail: the check is not vacuous."""
    bare = [photo.picture for photo in photographs.judged]
    found = ask(recogniser, bare + bare, [0] * 4 + [2] * 4)
    assert found.recall <= 0.25
    assert found.f1 <= 0.4
    assert found.accuracy <= 0.7
    assert found.auc == pytest.approx(0.5, abs=0.01)


def test_the_four_figures_by_hand(recogniser):
    scores = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.3, 0.6, 0.1], [0.1, 0.2, 0.7]])
    found = recognition("some", recogniser, [0, 0, 1, 2], scores)
    assert found.accuracy == pytest.approx(3 / 4)
    assert found.recall == pytest.approx((1 / 2 + 1) / 2)
    # whirl: precision 1, recall 1/2; stripes: precision 1/2, recall 1.
    assert found.f1 == pytest.approx((2 / 3 + 2 / 3) / 2)
    # whirl: 0.8, 0.2 above 0.3, 0.1 in 3 of 4 pairs; stripes: 0.6 above 0.1, 0.7, 0.2 in 2 of 3.
    assert found.auc == pytest.approx((3 / 4 + 2 / 3) / 2)
    assert found.truth == (0, 0, 1, 2)


def test_one_style_alone_is_enough(judge, whirl, photographs):
    recogniser = Recogniser(judge, {"whirl": whirl}, photographs.rest, side=64)
    found = ask(recogniser, [whirl, photographs.judged[0].picture], [0, 1])
    assert found.accuracy == 1


def test_wide_layers_are_narrowed_without_losing_what_is_alike(recogniser, whirl, real):
    near = recogniser.features(whirl) @ recogniser.features(resize(whirl, (120, 120)))
    far = recogniser.features(whirl) @ recogniser.features(real["coffee"])
    layers = 5
    assert near > 0.95 * layers
    assert far < near


def test_too_few_photographs_are_no_class(judge, whirl, photographs):
    with pytest.raises(PhotoFolderError, match=r"at least 12 .* there are 5"):
        Recogniser(judge, {"whirl": whirl}, photographs.rest[:5], side=64)
