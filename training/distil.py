r"""Distil `vgg19-lite`: a small network that sees content and style as a large VGG-19 does.

The student has VGG-19's shape with few channels, and is trained from its own initialisation. Each
layer reluN_1 is read through a 1x1 head whose outputs are *coordinates* in an orthonormal basis of
the teacher's feature space (the leading eigenvectors of its uncentred second moments). Distances
do not change under an orthonormal map: ||W G W^T|| = ||G|| for the Gram matrix G and any W with
W^T W = 1. So content and style losses on the few coordinates are those on the teacher's hundreds
of channels, but for what the basis leaves out, and cost a tenth.

The layers join one after the other, shallow to deep; a joining layer's head is set by least
squares, then all of the student is trained on.

    python -m training.distil --teachers VGG19.safetensors [DEEPER.safetensors] \
        --photos PHOTOS --out DIR
"""

from __future__ import annotations

import csv
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from edge_app.core.errors import ConfigError, RunError
from edge_app.core.files import replacing, write_text
from edge_app.core.image import image_paths
from edge_app.core.strict_json import from_json, to_json
from training.data import PhotoCrops
from training.losses import gram
from training.network import load_stylizer
from training.run import check_same
from training.schedule import rate_factor
from training.storage import write_tensors
from training.teacher import BUNDLED, Layered, load_teacher
from training.vgg import CONVOLUTIONS, Vgg

LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")

CHECKPOINT = "checkpoint.pt"
CONFIG = "config.json"
LOG = "log.csv"


@dataclass(frozen=True, kw_only=True)
class DistilConfig:
    """How the lite teacher is distilled."""

    teachers: tuple[Path, ...]
    """Weights of the teacher; of several files the first that reaches a layer answers for it."""
    photos: Path
    """Folder of photographs."""
    out: Path
    """Folder for the checkpoint, the log, and at the end the weights and their figures. Where it
    holds a checkpoint, the distillation goes on from there."""
    widths: tuple[int, ...] = (32, 40, 96, 96, 160, 96, 64, 64, 128, 128, 128, 128, 160)
    """Channels of conv1_1, conv1_2, conv2_1, ... conv5_1."""
    coordinates: tuple[int, ...] = (32, 64, 128, 128, 128)
    """Outputs of the head of relu1_1, ... relu5_1."""
    steps: int = 9000
    batch: int = 8
    crop: int = 160
    learning_rate: float = 2e-3
    gram_weight: float = 0.3
    """Weight of the relative Gram error beside the share of variance left unexplained."""
    stages: tuple[float, ...] = (0.02, 0.05, 0.09, 0.14)
    """Shares of the steps after which relu2_1, relu3_1, relu4_1, relu5_1 join."""
    augment: float = 0.6
    """Share of batches that are recoloured, mixed, sharpened or noisy: pictures on their way to a
    painting are not photographs, and the student must read them too."""
    stylizers: tuple[Path, ...] = ()
    """Run folders of trained stylizers: half of the augmented batches are stylized by one of them,
    which is what the student will be shown most."""
    paintings: Path | None = None
    """Folder of paintings: a fifth of the augmented batches are crops of them."""
    held_out: int = 20
    """Every how manieth photograph is kept for the figures."""
    seed: int = 0
    bfloat16: bool = False
    """Run both networks in bfloat16 (several times faster on CPUs with AVX512-BF16 or AMX)."""
    checkpoint_every: int = 250


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """What is written beside the weights."""

    config: DistilConfig
    step: int
    variance_explained: dict[str, float]
    """Per layer, over photographs that the student was not trained on."""


def distil(config: DistilConfig, tell: Callable[[str], None] = lambda _line: None) -> Path:
    """Train the student, or go on from the checkpoint in `config.out`; returns the weights file.

    Raises:
        TeacherError: as `load_teacher`.
        RunError: `config.out` holds a distillation with other settings.
    """
    torch.manual_seed(config.seed)
    paths = image_paths(config.photos)
    held_out = paths[:: config.held_out]
    kept = sorted(set(paths) - set(held_out))
    crops = PhotoCrops(kept, crop=config.crop, seed=config.seed, scale=(0.4, 1.0))
    taught_by = load_teacher("vgg19", weights=config.teachers)
    _begin(config)
    teacher = Projected(taught_by, config, crops)
    student = new_student(config)
    optimizer = torch.optim.AdamW(student.parameters(), lr=config.learning_rate, weight_decay=1e-4)
    more = MorePictures(config)
    first = _restore(config, student, optimizer)
    joined_at = {1: LAYERS[0]} | {
        2 + round(share * config.steps): layer
        for share, layer in zip(config.stages, LAYERS[1:], strict=True)
    }
    if len(joined_at) < len(LAYERS):
        raise ConfigError(f"steps: {config.steps} are too few for the stages {config.stages}")
    began = time.monotonic()
    for step, photos in enumerate(crops.batches(first, config.steps, config.batch), first + 1):
        layers = tuple(layer for start, layer in joined_at.items() if step >= start)
        if step in joined_at:
            _fit_head(student, teacher, crops, joined_at[step])
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * rate_factor((step - 1) / config.steps)
        pictures = more(photos, step)
        with torch.autocast("cpu", torch.bfloat16, enabled=config.bfloat16):
            features = student(pictures, layers)
        targets = teacher(pictures, layers)
        unexplained = [_unexplained(features[x].float(), targets[x]) for x in layers]
        gram_errors = [_gram_error(features[x].float(), targets[x]) for x in layers]
        loss = torch.stack(unexplained).sum() + config.gram_weight * torch.stack(gram_errors).sum()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(student.parameters(), 1.0)
        optimizer.step()
        if step % 50 == 0:
            with (config.out / LOG).open("a", newline="") as file:
                # A layer that has not joined yet leaves its column empty.
                waiting = [""] * (len(LAYERS) - len(layers))
                figures = [
                    text
                    for losses in (unexplained, gram_errors)
                    for text in (*(f"{x.item():.4f}" for x in losses), *waiting)
                ]
                csv.writer(file).writerow([step, f"{time.monotonic() - began:.0f}", *figures])
        if step % config.checkpoint_every == 0 or step == config.steps:
            _checkpoint(config, student, optimizer, step)
            explained = variance_explained(student, teacher, held_out)
            write_weights(config.out / BUNDLED, student, teacher.bases)
            card = ModelCard(config=config, step=step, variance_explained=explained)
            write_text(config.out / "card.json", to_json(card))
            shares = ", ".join(f"{layer} {share:.3f}" for layer, share in explained.items())
            tell(f"step {step} of {config.steps}, variance explained: {shares}")
    return config.out / BUNDLED


class Projected:
    """The teacher, and its features in the coordinates of each layer's leading directions."""

    def __init__(self, teacher: Layered, config: DistilConfig, crops: PhotoCrops) -> None:
        self.dtype = torch.bfloat16 if config.bfloat16 else torch.float32
        self.teacher = teacher.to(self.dtype)
        path = config.out / "bases.safetensors"
        if not path.exists():
            bases = self._leading_directions(crops, config.coordinates)
            write_tensors(path, bases)
        self.bases = load_file(path)
        """{layer: (C, k), orthonormal columns}."""

    @torch.no_grad()
    def features(self, pictures: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]:
        """All channels, float32."""
        found = self.teacher(pictures.to(self.dtype), layers)
        return {layer: x.float() for layer, x in found.items()}

    def __call__(self, pictures: Tensor, layers: tuple[str, ...]) -> dict[str, Tensor]:
        """The coordinates, {layer: (B, k, h, w)}, float32."""
        return {
            layer: F.conv2d(x, self.bases[layer].T[:, :, None, None])
            for layer, x in self.features(pictures, layers).items()
        }

    def _leading_directions(
        self, crops: PhotoCrops, coordinates: tuple[int, ...]
    ) -> dict[str, Tensor]:
        moments: dict[str, Tensor] = {}
        for step in range(24):
            pictures = crops.batch(10**6 + step, 8)
            if step % 4 == 3:
                pictures = augmented(pictures, torch.Generator().manual_seed(step))
            for layer, features in self.features(pictures, LAYERS).items():
                flat = features.transpose(0, 1).flatten(1)
                moments[layer] = moments.get(layer, 0) + flat @ flat.T
        return {
            layer: torch.linalg.eigh(moment.double())[1].flip(1)[:, :k].float().contiguous()
            for (layer, moment), k in zip(moments.items(), coordinates, strict=True)
        }


class MorePictures:
    """Puts other pictures in the place of some batches of photographs (see `DistilConfig`)."""

    def __init__(self, config: DistilConfig) -> None:
        self.config = config
        self.stylizers = [load_stylizer(folder) for folder in config.stylizers]
        self.paintings = config.paintings and PhotoCrops(
            image_paths(config.paintings), crop=config.crop, seed=config.seed, scale=(0.2, 0.7)
        )

    @torch.no_grad()
    def __call__(self, photos: Tensor, step: int) -> Tensor:
        """The pictures of a step, (B, 3, H, W) in [0, 1], made of its photographs or not."""
        generator = torch.Generator().manual_seed(self.config.seed * 1_000_003 + step)
        drawn, kind, strength = torch.rand(3, generator=generator).tolist()
        if drawn >= self.config.augment:
            return photos
        if self.stylizers and kind < 0.5:
            stylizer = self.stylizers[step % len(self.stylizers)]
            return torch.lerp(photos, stylizer(photos), 0.3 + 0.7 * strength)
        if self.paintings and kind > 0.8:
            return self.paintings.batch(step, len(photos))
        return augmented(photos, generator)


@torch.no_grad()
def variance_explained(student: Vgg, teacher: Projected, photos: list[Path]) -> dict[str, float]:
    """Per layer, 1 - ||F - W z||^2 / ||F - mean F||^2 over 64 crops of the photographs.

    F are the teacher's features, all channels, with their mean over each eight crops; z the
    student's coordinates, W the basis.
    """
    crops = PhotoCrops(photos, crop=192, seed=1, scale=(0.99, 1.0))
    errors, spreads = (dict.fromkeys(LAYERS, 0.0) for _ in range(2))
    for step in range(8):
        pictures = crops.batch(step, 8)
        truth = teacher.features(pictures, LAYERS)
        for layer, z in student(pictures, LAYERS).items():
            features = truth[layer].double().transpose(0, 1).flatten(1)
            guess = teacher.bases[layer].double() @ z.double().transpose(0, 1).flatten(1)
            errors[layer] += float((features - guess).square().sum())
            spreads[layer] += float((features - features.mean(1, keepdim=True)).square().sum())
    return {layer: 1 - errors[layer] / spreads[layer] for layer in LAYERS}


def augmented(photos: Tensor, generator: torch.Generator) -> Tensor:
    """Photographs made less photographic: mixed, recoloured, sharpened, blurred or noisy.

    (B, 3, H, W) in [0, 1] -> the same.
    """

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(len(photos), 1, 1, 1, generator=generator)

    x = photos
    choices = torch.rand(4, generator=generator) < 0.5
    if choices[0]:
        x = torch.lerp(x, x.roll(1, 0).flip(-1), uniform(0, 0.5))
    if choices[1]:
        matrix = torch.eye(3) + 0.35 * torch.randn(len(x), 3, 3, generator=generator)
        shift = uniform(-0.15, 0.15) + 0.1 * torch.randn(len(x), 3, 1, 1, generator=generator)
        x = torch.einsum("bij,bjhw->bihw", matrix, x - 0.5) + 0.5 + shift
    if choices[2]:
        blurred = F.avg_pool2d(F.pad(x, (2, 2, 2, 2), mode="reflect"), 5, stride=1)
        x = x + uniform(-0.8, 3.0) * (x - blurred)
    if choices[3]:
        grain = int(torch.randint(1, 9, (), generator=generator))
        size = [max(2, side // grain) for side in x.shape[-2:]]
        noise = torch.randn(len(x), 3, *size, generator=generator)
        x = x + uniform(0, 0.2) * F.interpolate(noise, x.shape[-2:], mode="bilinear")
    return x.clamp(0, 1)


def new_student(config: DistilConfig) -> Vgg:
    """A student of He-normal weights (He et al. 2015); its heads are zero until they are fitted."""
    weights: dict[str, Tensor] = {}
    coordinates = iter(config.coordinates)
    channels = 3
    for name, width in zip(CONVOLUTIONS, config.widths):
        weight = torch.empty(width, channels, 3, 3)
        nn.init.kaiming_normal_(weight)
        weights |= {f"conv{name}.weight": weight, f"conv{name}.bias": torch.zeros(width)}
        if f"relu{name}" in LAYERS:
            size = next(coordinates)
            weights[f"head{name}.weight"] = torch.zeros(size, width, 1, 1)
            weights[f"head{name}.bias"] = torch.zeros(size)
        channels = width
    return Vgg(weights, mean=(0.5, 0.5, 0.5), std=(0.25, 0.25, 0.25)).requires_grad_(True)


def write_weights(path: Path, student: Vgg, bases: dict[str, Tensor]) -> None:
    """Write the student as `training.teacher.load_vgg` reads it: float16, preprocessing folded in.

    The bases go along as `basisB_I`, (C, k): whoever wants the teacher's channels back multiplies.
    """
    weights: dict[str, Tensor] = {}
    for kind, layers in (("conv", student.convolutions), ("head", student.heads)):
        for name, layer in layers.items():
            for part, value in layer.state_dict().items():
                weights[f"{kind}{name}.{part}"] = value
    # w ((x - m) / s) + b = (w / s) x + b - sum(w) m / s; exact, borders included, because the
    # padding is by reflection.
    first = weights["conv1_1.weight"] / student.std
    weights["conv1_1.bias"] = weights["conv1_1.bias"] - (first * student.mean).sum((1, 2, 3))
    weights["conv1_1.weight"] = first
    weights |= {layer.replace("relu", "basis"): basis for layer, basis in bases.items()}
    write_tensors(path, {key: value.half() for key, value in weights.items()})


@torch.no_grad()
def _fit_head(student: Vgg, teacher: Projected, crops: PhotoCrops, layer: str) -> None:
    """Set a joining layer's head to the least-squares map from the student's channels."""
    name = layer.removeprefix("relu")
    head = cast("nn.Conv2d", student.heads.pop(name))  # without it, `layer` reads the bare channels
    squares = torch.zeros(head.in_channels + 1, head.in_channels + 1, dtype=torch.float64)
    products = torch.zeros(head.in_channels + 1, head.out_channels, dtype=torch.float64)
    for step in range(16):
        pictures = crops.batch(2 * 10**6 + step, 8)
        inputs = student(pictures, [layer])[layer].double().transpose(0, 1).flatten(1)
        inputs = torch.cat([inputs, torch.ones_like(inputs[:1])])
        wanted = teacher(pictures, (layer,))[layer].double().transpose(0, 1).flatten(1)
        squares += inputs @ inputs.T
        products += inputs @ wanted.T
    # A little ridge: channels that never fire would make the matrix singular.
    squares.diagonal().mul_(1 + 1e-4).add_(1e-6 * squares.diagonal().mean())
    solution = torch.linalg.solve(squares, products).float()
    head.weight.copy_(solution[:-1].T[:, :, None, None])
    cast("Tensor", head.bias).copy_(solution[-1])
    student.heads[name] = head


def _unexplained(guess: Tensor, target: Tensor) -> Tensor:
    """Squared error over the batch's variance, within the basis (the rest is a constant)."""
    spread = (target - target.mean((0, 2, 3), keepdim=True)).square().sum()
    return (guess - target).square().sum() / spread


def _gram_error(guess: Tensor, target: Tensor) -> Tensor:
    """Mean over the batch of ||G(guess) - G(target)||^2 / ||G(target)||^2."""
    wanted = gram(target)
    error = (gram(guess) - wanted).square().sum((1, 2))
    return (error / wanted.square().sum((1, 2))).mean()


def _begin(config: DistilConfig) -> None:
    """Make the folder and say in it what is done there, or see that it is the same.

    Raises:
        RunError: the folder holds a distillation with other settings.
    """
    path = config.out / CONFIG
    if path.exists():
        before = from_json(DistilConfig, path.read_bytes(), where=str(path), error=RunError)
        check_same(config.out, before, config)
        return
    write_text(path, to_json(config))
    columns = [f"{kind} {layer}" for kind in ("unexplained", "gram") for layer in LAYERS]
    write_text(config.out / LOG, ",".join(["step", "seconds", *columns]) + "\n")


def _checkpoint(
    config: DistilConfig, student: Vgg, optimizer: torch.optim.Optimizer, step: int
) -> None:
    state = {"student": student.state_dict(), "optimizer": optimizer.state_dict(), "step": step}
    with replacing(config.out / CHECKPOINT) as beside:
        torch.save(state, beside)


def _restore(config: DistilConfig, student: Vgg, optimizer: torch.optim.Optimizer) -> int:
    """Load the checkpoint if there is one; gives the number of steps done."""
    path = config.out / CHECKPOINT
    if not path.exists():
        return 0
    state = torch.load(path, weights_only=True)
    student.load_state_dict(state["student"])
    optimizer.load_state_dict(state["optimizer"])
    return int(state["step"])


if __name__ == "__main__":
    import tyro
    from rich.console import Console

    console = Console()
    weights = distil(tyro.cli(DistilConfig, description=__doc__), console.print)
    console.print(f"wrote {weights}")
