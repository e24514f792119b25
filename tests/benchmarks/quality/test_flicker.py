from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from benchmarks.quality.flicker import flicker, read_clip, step, warped, warping_error
from edge_app.core.errors import ImageError, PhotoFolderError
from edge_app.core.image import to_float


@pytest.fixture(scope="module")
def pan(tmp_path_factory):
    """A camera that pans over a photograph: four frames, 3 pixels to the right each."""
    import skimage.data

    photo = skimage.data.astronaut()
    folder = tmp_path_factory.mktemp("clips") / "pan"
    folder.mkdir()
    for i in range(4):
        Image.fromarray(photo[:160, 100 + 3 * i : 260 + 3 * i]).save(folder / f"{i:05}.png")
    return read_clip(folder, side=160)


def frames_of(clip):
    return [frame.picture for frame in clip.frames]


def test_a_pan_is_followed(pan):
    assert [frame.name for frame in pan.frames] == [f"pan/{i:05}" for i in range(4)]
    for each in pan.steps:
        seen = each.flow[each.visible]
        assert np.median(seen, axis=0) == pytest.approx([3, 0], abs=0.2)
        assert each.visible.mean() > 0.7
        # What comes in on the right was nowhere before.
        assert each.visible[:, -2:].mean() < 0.2


def test_a_style_that_follows_the_pan_is_as_steady_as_the_clip(pan):
    same = flicker(pan, frames_of(pan))
    assert same.change == pytest.approx(1)
    assert same.warping_error == same.photo_warping_error < 0.002
    negative = flicker(pan, [255 - frame for frame in frames_of(pan)])
    assert negative.change == pytest.approx(1)
    assert negative.warping_error == pytest.approx(same.warping_error, rel=1e-3)


def test_flicker_grows_with_noise_of_its_own_in_every_frame(pan):
    rng = np.random.default_rng(0)

    def unsteady(deviation):
        return flicker(
            pan,
            [
                np.clip(frame + rng.normal(0, deviation, frame.shape), 0, 255).astype(np.uint8)
                for frame in frames_of(pan)
            ],
        )

    found = [flicker(pan, frames_of(pan)), unsteady(10), unsteady(40)]
    assert found[0].change < found[1].change < found[2].change
    assert found[0].warping_error < found[1].warping_error < found[2].warping_error


def test_one_picture_for_all_frames_does_not_change_but_does_not_follow(pan):
    still = flicker(pan, [frames_of(pan)[0]] * 4)
    assert still.change == 0
    assert still.warping_error > 3 * still.photo_warping_error


def test_warping_by_hand():
    now = np.zeros((8, 8, 3), np.float32)
    now[:, 3] = 1
    before = np.zeros_like(now)
    before[:, 5] = 1
    flow = np.zeros((8, 8, 2), np.float32)
    flow[..., 0] = 2  # two pixels further right, a frame ago
    np.testing.assert_allclose(warped(before, flow), now)


def test_what_is_uncovered_is_not_compared(real):
    before = real["coffee"].copy()
    now = before.copy()
    before[40:90, 40:90] = real["rocket"][40:90, 40:90]
    found = step(before, now)
    changed = ~found.visible[45:85, 45:85]
    assert changed.mean() > 0.3
    assert warping_error(to_float(now), to_float(now), found) < 0.01


def test_a_clip_in_which_nothing_moves_has_no_flicker(tmp_path, real):
    for i in range(3):
        Image.fromarray(real["coffee"]).save(tmp_path / f"{i}.png")
    with pytest.raises(PhotoFolderError, match="something moves"):
        read_clip(tmp_path, side=64)


def test_a_missing_frame_is_an_error(pan):
    with pytest.raises(ImageError, match="pan"):
        flicker(pan, frames_of(pan)[:3])
