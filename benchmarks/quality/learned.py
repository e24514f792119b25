"""LPIPS and FID, by the weights that others trained, where these are on this machine.

Nothing is downloaded: the weights are looked for where torch keeps its downloads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from edge_app.core.errors import TeacherError
from edge_app.core.image import Bytes
from training.data import to_tensor

LEAST_FOR_FID = 2
"""A covariance needs two samples; a FID that means something needs thousands of them."""


@dataclass(frozen=True, kw_only=True)
class WeightsFile:
    """A download of torch's: where from, and what it must be."""

    what: str
    url: str

    @property
    def path(self) -> Path:
        """Where it lies if it was ever downloaded."""
        return Path(torch.hub.get_dir()) / "checkpoints" / self.url.rsplit("/", 1)[-1]

    def check(self) -> Path:
        """Its path.

        Raises:
            TeacherError: it is not there, or its sha256 does not begin as its name ends.
        """
        if not self.path.is_file():
            # Without the user's name: reports repeat this sentence.
            shown = str(self.path).replace(str(Path.home()), "~")
            raise TeacherError(
                f"{self.what} are not on this machine; to have them, put {self.url} at {shown}"
            )
        expected = self.path.stem.rsplit("-", 1)[-1]
        found = hashlib.sha256(self.path.read_bytes()).hexdigest()
        if not found.startswith(expected):
            raise TeacherError(
                f"{self.path}: damaged: its sha256 is {found[:12]}..., {expected}... was expected; "
                "download it again"
            )
        return self.path


class Lpips:
    """Learned perceptual distance (Zhang et al. 2018) with AlexNet; 0 for equal pictures.

    Raises:
        TeacherError: AlexNet's weights are not on this machine, or damaged.
    """

    def __init__(self) -> None:
        from torchvision.models import AlexNet_Weights

        url = AlexNet_Weights.IMAGENET1K_V1.url
        WeightsFile(what="LPIPS: AlexNet's ImageNet weights", url=url).check()
        # After the check: torchmetrics takes seconds to import.
        from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity

        self._distance = LearnedPerceptualImagePatchSimilarity(net_type="alex", normalize=True)

    @torch.inference_mode()
    def __call__(self, picture: Bytes, photo: Bytes) -> float:
        """Both uint8 RGB of one size, (H, W, 3)."""
        return float(self._distance(to_tensor(picture), to_tensor(photo)))


class Inception:
    """The network in whose features FID is measured (Heusel et al. 2017).

    Raises:
        TeacherError: its weights are not on this machine, or damaged.
    """

    def __init__(self) -> None:
        from torch_fidelity.feature_extractor_inceptionv3 import (
            URL_INCEPTION_V3,
            FeatureExtractorInceptionV3,
        )

        # torch-fidelity unpickles whatever it is given: the hash says that it is the known file.
        path = WeightsFile(what="FID: Inception's weights", url=URL_INCEPTION_V3).check()
        self._network: nn.Module = FeatureExtractorInceptionV3("inception", ["2048"], str(path))

    @torch.inference_mode()
    def features(self, picture: Bytes) -> NDArray[np.float32]:
        """uint8 RGB (H, W, 3) -> (2048,)."""
        pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None]
        found: NDArray[np.float32] = self._network(pixels)[0][0].numpy()
        return found


def frechet_distance(a: Sequence[NDArray[np.float32]], b: Sequence[NDArray[np.float32]]) -> float:
    """|mean a - mean b|^2 + tr(A + B - 2 (A B)^(1/2)) of the samples' means and covariances."""
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

    statistics = [
        fid_features_to_statistics(torch.from_numpy(np.stack(features).astype(np.float64)))
        for features in (a, b)
    ]
    found = fid_statistics_to_metric(*statistics, verbose=False)
    return float(found["frechet_inception_distance"])
