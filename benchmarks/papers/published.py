"""What the papers print, besides Table II (benchmarks/paper.py).

Pu & Li, "Application of Image Style Transfer Based on Normalized Residual Network in Art Design"
(2023): Table III, and what its text says of Figures 7, 8 and 10. The figures' curves are pictures
without numbers; only what the text names is here. Sarika et al., "Neural Style Transfer", IJRASET
12 (V), 2024, doi:10.22214/ijraset.2024.61748: section XVII, "Result".
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.papers.config import Method

MIOU: dict[Method, tuple[float, float, float, float, float]] = {
    Method.RESNET_IN: (0.85, 0.89, 0.94, 0.87, 0.95),
    Method.CNN: (0.64, 0.69, 0.67, 0.85, 0.79),
    Method.CNN_BN: (0.78, 0.84, 0.85, 0.81, 0.82),
    Method.FNST: (0.87, 0.86, 0.80, 0.91, 0.88),
    Method.NAAS: (0.81, 0.88, 0.84, 0.86, 0.90),
}
"""Table III: five tests of each method. The averages that the paper prints are these tests' means,
to the digits that it prints."""

MIOU_AVERAGE = {
    Method.RESNET_IN: 0.90,
    Method.CNN: 0.728,
    Method.CNN_BN: 0.82,
    Method.FNST: 0.864,
    Method.NAAS: 0.858,
}
"""Table III: the averages as printed."""

AUC_TRAINING, AUC_TEST = 0.985, 0.993
"""Figure 7: of ResNet-IN; for the others the text says “lower”."""

ACCURACY = {
    Method.RESNET_IN: 0.9573,
    Method.CNN_BN: 0.8251,
    Method.FNST: 0.9126,
    Method.NAAS: 0.8569,
}
"""Figure 8; of CNN the text gives none."""

LOSS = 0.2
"""Figure 6: ResNet-IN at the learning rate 0.001. Of Figure 8 the text gives no loss."""


@dataclass(frozen=True, kw_only=True)
class Application:
    """Figure 10, a method's bars, as shares."""

    accuracy: float
    recall: float
    f1: float


FIGURE_10 = {
    Method.RESNET_IN: Application(accuracy=0.9735, recall=0.9649, f1=0.9752),
    Method.CNN: Application(accuracy=0.9076, recall=0.9129, f1=0.9408),
    Method.CNN_BN: Application(accuracy=0.9638, recall=0.9077, f1=0.9350),
    Method.FNST: Application(accuracy=0.9521, recall=0.9142, f1=0.9376),
    Method.NAAS: Application(accuracy=0.9521, recall=0.9467, f1=0.9523),
}


@dataclass(frozen=True, kw_only=True)
class ExecutionTime:
    """A row of Sarika et al.'s table."""

    image_type: str
    seconds: float
    accuracy: str


EXECUTION_TIMES = (
    ExecutionTime(image_type="JPG", seconds=30, accuracy="above 65 %"),
    ExecutionTime(image_type="PNG", seconds=10, accuracy="above 70 %"),
    ExecutionTime(image_type="JPEG", seconds=60, accuracy="above 60 %"),
)
