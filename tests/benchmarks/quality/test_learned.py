from __future__ import annotations

import hashlib

import numpy as np
import pytest
import torch

from benchmarks.quality.learned import Inception, Lpips, WeightsFile, frechet_distance
from edge_app.core.errors import TeacherError


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """An empty place for torch's downloads."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    folder = tmp_path / "checkpoints"
    folder.mkdir()
    return folder


def test_weights_that_are_not_here_are_named_with_their_place(hub):
    with pytest.raises(TeacherError, match=r"LPIPS: .* not on this machine.*alexnet.*checkpoints"):
        Lpips()
    with pytest.raises(TeacherError, match=r"FID: .* not on this machine.*inception.*checkpoints"):
        Inception()


def test_a_damaged_download_is_refused_unread(hub):
    file = WeightsFile(what="Some weights", url="https://example.org/w/some-0badcafe.pth")
    file.path.write_bytes(b"cut off")
    with pytest.raises(TeacherError, match=r"some-0badcafe\.pth: damaged.*0badcafe.*download it"):
        file.check()


def test_a_whole_download_is_taken(hub):
    content = b"whole"
    prefix = hashlib.sha256(content).hexdigest()[:8]
    file = WeightsFile(what="Some weights", url=f"https://example.org/w/some-{prefix}.pth")
    file.path.write_bytes(content)
    assert file.check() == hub / f"some-{prefix}.pth"


def test_lpips_runs_with_weights_of_alexnets_shape(hub, monkeypatch, real, noise):
    """The real weights cannot be had in a test; random ones of their shape take the same way."""
    from torchvision.models import AlexNet_Weights, alexnet

    torch.manual_seed(0)
    path = hub / AlexNet_Weights.IMAGENET1K_V1.url.rsplit("/", 1)[-1]
    torch.save(alexnet(weights=None).state_dict(), path)
    monkeypatch.setattr(WeightsFile, "check", lambda self: self.path)
    monkeypatch.setattr(
        "torch.hub.load_state_dict_from_url", lambda *a, **k: pytest.fail("a download was tried")
    )
    monkeypatch.setattr(
        "torchvision.models._api.load_state_dict_from_url",
        lambda *a, **k: torch.load(path, weights_only=True),
    )
    distance = Lpips()
    photo = real["astronaut"]
    assert distance(photo, photo) == 0
    assert 0 < distance(noise(photo, 10), photo) < distance(noise(photo, 60), photo)


def test_the_frechet_distance_of_gaussians_in_closed_form(rng):
    # Independent coordinates: sum of (difference of means)^2 + (difference of deviations)^2.
    samples = rng.standard_normal((20_000, 3)).astype(np.float32)
    samples = (samples - samples.mean(0)) @ np.linalg.inv(
        np.linalg.cholesky(np.cov(samples, rowvar=False)).T
    )
    a = samples * [1.0, 2.0, 3.0]
    b = samples * [2.0, 2.0, 1.0] + [5.0, 0.0, -1.0]
    assert frechet_distance(list(a), list(b)) == pytest.approx(26 + 1 + 0 + 4, rel=1e-3)
    assert frechet_distance(list(a), list(a)) == pytest.approx(0, abs=1e-3)


@pytest.mark.slow
def test_inception_runs_with_weights_of_its_shape(hub, monkeypatch, real):
    import torch_fidelity.feature_extractor_inceptionv3 as fidelity

    path = hub / fidelity.URL_INCEPTION_V3.rsplit("/", 1)[-1]
    made: list[dict[str, torch.Tensor]] = []
    monkeypatch.setattr(
        fidelity.FeatureExtractorInceptionV3,
        "load_state_dict",
        lambda self, state: (
            made.append(state) or torch.nn.Module.load_state_dict(self, state or {}, strict=False)
        ),
    )
    torch.save({}, path)
    monkeypatch.setattr(WeightsFile, "check", lambda self: self.path)
    found = Inception().features(real["coffee"])
    assert made == [{}]
    assert found.shape == (2048,)
    assert np.isfinite(found).all()
