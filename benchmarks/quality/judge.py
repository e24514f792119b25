"""Content and style distance of pictures, as a perceptual teacher sees them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean

import torch
from torch import Tensor

from benchmarks.quality.results import Distances
from edge_app.core.image import Bytes, fit_within, read_image, resize
from training.config import LossConfig, TrainConfig
from training.data import to_tensor
from training.features import check_layers
from training.losses import gram, relative_content, relative_style
from training.run import CONFIG, read_config
from training.teacher import load_teacher


class Judge:
    """A teacher that looks at finished pictures; one for all paintings.

    Args:
        name: 'vgg19-lite' or 'vgg19'.
        weights: files to use instead, as in `training.teacher.load_teacher`.

    Raises:
        TeacherError: weights that cannot be had, read or understood.
    """

    def __init__(self, name: str = "vgg19-lite", weights: Sequence[Path] = ()) -> None:
        self.teacher = load_teacher(name, weights=weights)
        self.name = " + ".join(path.name for path in weights) or name

    def check(self, loss: LossConfig) -> None:
        """Raise TeacherError if the weights do not reach every layer of `loss`."""
        check_layers(self.teacher.layers, (*loss.content_layers, *loss.style_layers))

    def of_painting(self, painting: Bytes | None, loss: LossConfig, *, size: int) -> PaintingJudge:
        """The judge of one painting's style, studied with its long side at most `size` pixels.

        Without a painting, of content alone.

        Raises:
            TeacherError: a layer of `loss` that the weights do not reach.
        """
        self.check(loss)
        if painting is None:
            return PaintingJudge(self, loss, None)
        return PaintingJudge(self, loss, self.grams(fitted(painting, size), loss.style_layers))

    @torch.inference_mode()
    def grams(self, picture: Bytes, layers: Sequence[str]) -> dict[str, Tensor]:
        """Layer -> Gram matrix per position, (1, C, C), of uint8 RGB (H, W, 3)."""
        features = self.teacher(to_tensor(picture), layers)
        return {layer: gram(values) for layer, values in features.items()}


class PaintingJudge:
    """Measures how far pictures are from their photographs and from one painting."""

    def __init__(
        self, judge: Judge, loss: LossConfig, painting: Mapping[str, Tensor] | None
    ) -> None:
        self._teacher = judge.teacher
        self._loss = loss
        self._painting = painting
        self._layers = tuple(dict.fromkeys((*loss.content_layers, *(painting or ()))))

    @torch.inference_mode()
    def __call__(self, picture: Bytes, photo: Bytes) -> Distances:
        """Both uint8 RGB of one size, (H, W, 3)."""
        found = self._teacher(to_tensor(picture), self._layers)
        given = self._teacher(to_tensor(photo), self._layers)
        return Distances(
            content={
                layer: float(relative_content(found[layer], given[layer]))
                for layer in self._loss.content_layers
            },
            style=self._style(found),
            photo_style=self._style(given),
        )

    def _style(self, features: Mapping[str, Tensor]) -> dict[str, float] | None:
        if self._painting is None:
            return None
        return {
            layer: float(relative_style(gram(features[layer]), target))
            for layer, target in self._painting.items()
        }


def judge_of_run(
    run: Path,
    style: str | None = None,
    *,
    paintings: Path | None = None,
    teachers: Sequence[Path] = (),
) -> Callable[[Bytes, Bytes], tuple[float, float]]:
    """Content and style distance, means over the layers, by a run's own teacher and painting.

    Takes a picture and its photograph, uint8 RGB of one size.

    Args:
        run: folder of the training.
        style: of a trunk.
        paintings: folder with the painting, where it is not at the place that the run names.
        teachers: files among which the teacher's are, likewise; known by their names.

    Raises:
        FileNotFoundError: the painting or a file of the teacher is gone; says which.
        RunError, ImageError, TeacherError: one cannot be read.
    """
    config = _training_of(run, style)
    painting = dict(zip(config.styles, config.paintings)).get(style or config.styles[0])
    if painting is None:
        raise FileNotFoundError(f"{run} was trained without the painting of {style}")
    elsewhere = [] if paintings is None else [paintings / painting.name]
    painting = _at_hand(painting, elsewhere)
    weights = [_at_hand(path, teachers) for path in config.teacher_weights]
    judge = Judge(config.teacher, weights).of_painting(
        read_image(painting), config.loss, size=config.style_size
    )

    def distances(picture: Bytes, photo: Bytes) -> tuple[float, float]:
        found = judge(picture, photo)
        assert found.style is not None
        return fmean(found.content.values()), fmean(found.style.values())

    return distances


def _training_of(run: Path, style: str | None) -> TrainConfig:
    """What trained the style: of one that was there before another was added, the run before."""
    config = read_config(run)
    if style is None or style in config.styles or config.add_to is None:
        return config
    if not (config.add_to / CONFIG).is_file():
        raise FileNotFoundError(
            f"{run} was trained without the painting of {style}, and {config.add_to}, which it was "
            "added to, is not there any more"
        )
    return _training_of(config.add_to, style)


def _at_hand(path: Path, others: Sequence[Path]) -> Path:
    """The file, or the one of its name among others; FileNotFoundError where neither is there."""
    for each in (path, *others):
        if each.name == path.name and each.is_file():
            return each
    raise FileNotFoundError(f"{path} is not there any more")


def fitted(painting: Bytes, size: int) -> Bytes:
    """The painting as the training studies it: its long side at most `size` pixels."""
    if max(painting.shape[:2]) <= size:
        return painting
    return resize(painting, fit_within(painting.shape[:2], (size, size)))
