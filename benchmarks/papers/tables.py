"""The papers' tables with ours beside them, as texts."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence

from benchmarks import paper
from benchmarks.papers import published
from benchmarks.papers.config import SHARES, Method
from benchmarks.papers.findings import IMAGE_TYPES, Comparison, Execution, Findings, staged
from benchmarks.quality.results import Evaluation, Judgement, Recognition, mean_of
from benchmarks.quality.tables import NONE, Sheet
from benchmarks.results import Results
from benchmarks.timing import TESTS

TEST_NUMBERS = tuple(str(number) for number in range(1, TESTS + 1))


def table_ii(latency: Results) -> Sheet:
    """Seconds of eight styles in five tests; the paper's first."""
    theirs = [
        (f"paper, Style {row.style}", *(f"{t:.2f}" for t in row.tests_s), f"{row.average_s:g}", "")
        for row in paper.TABLE_II
    ]
    theirs.append(("paper, mean", *[""] * TESTS, f"{paper.MEAN_S:.3f}", ""))
    beside = paper.beside_paper(latency)
    ours: list[tuple[str, ...]] = []
    note = "No pack drew a right picture, so there is no time of ours."
    if beside is not None:
        for row in beside.rows:
            tests = [*map(_seconds, row.tests_s), *[NONE] * (TESTS - len(row.tests_s))]
            name = row.measurement.title
            ours.append((name, *tests, _seconds(row.average_s), f"{row.ratio:.1f}"))
        ours.append(
            ("ours, mean", *[""] * TESTS, _seconds(beside.average_s), f"{beside.ratio:.1f}")
        )
        note = (
            f"Seconds from file to picture; ours: {beside.setting}. Times less: the paper's mean "
            f"over our average. {paper.CAVEAT} {paper.MISPRINT}"
        )
    return Sheet(
        title="Table II: seconds by style",
        columns=("style", *TEST_NUMBERS, "average", "times less"),
        rows=(*theirs, *ours),
        note=note,
    )


def table_iii(comparison: Comparison) -> Sheet:
    """MIoU of five methods in five tests."""
    found = miou(comparison.unseen)
    ours = {method: mean_of(tests) for method, tests in found.items()}
    theirs = {method.value: value for method, value in published.MIOU_AVERAGE.items()}
    ranked = {method: value for method, value in ours.items() if method in theirs and value}
    ranks, their_ranks = _ranks(ranked), _ranks(theirs)
    rows = []
    for method, tests in found.items():
        own, place = _figure(ours[method]), ranks.get(method, NONE)
        rows.append((f"{method}, ours", *map(_figure, tests), own, place))
        if method in theirs:
            printed = (f"{value:.2f}" for value in published.MIOU[Method(method)])
            average, place = f"{theirs[method]:g}", their_ranks[method]
            rows.append((f"{method}, paper", *printed, average, place))
    return Sheet(
        title="Table III: MIoU of photograph and picture",
        columns=("method", *TEST_NUMBERS, "average", "place"),
        rows=tuple(rows),
        note=(
            "Formula 12; 1: every region of the photograph is kept. A test is a fifth of the "
            "photographs. Values compare within one side only: the paper does not say how it "
            "segments, and an unrelated picture has about 0.2 here."
        ),
    )


def figure_7(comparison: Comparison) -> Sheet:
    """AUC on both sets."""
    seen, unseen = by_method(comparison.seen), by_method(comparison.unseen)
    rows = []
    for method, each in unseen.items():
        theirs = (NONE, NONE)
        if method == Method.RESNET_IN:
            theirs = (f"{published.AUC_TRAINING:g}", f"{published.AUC_TEST:g}")
        elif method in {*Method}:
            theirs = ("lower", "lower")
        own = seen.get(method)
        rows.append((method, _figure(own.auc if own else None), _figure(each.auc), *theirs))
    return Sheet(
        title="Figure 7: AUC",
        columns=("method", "training set", "test set", "the paper's, training", "its, test"),
        rows=tuple(rows),
        note=(
            "One style against everything else, the mean over the styles. The paper's text gives "
            "ResNet-IN's only, and of the others that they are lower."
        ),
    )


def figure_8(comparison: Comparison) -> tuple[Sheet, Sheet]:
    """Accuracy and loss at points of the trainings."""
    accuracy, losses = accuracies(comparison.unseen), weighted_losses(comparison.unseen)
    shares = tuple(f"{share} %" for share in SHARES)
    return (
        Sheet(
            title="Figure 8: accuracy over the training",
            columns=("method", *shares, "the paper's, at its end"),
            rows=tuple(
                (
                    method,
                    *(_figure(points.get(share)) for share in SHARES),
                    _percent(published.ACCURACY.get(Method(method))),
                )
                for method, points in accuracy.items()
            ),
            note=(
                "On the test set, after so much of the steps. Of CNN the paper's text gives none."
            ),
        ),
        Sheet(
            title="Figure 8: loss over the training",
            columns=("method", *shares),
            rows=tuple(
                (method, *(_figure(points.get(share)) for share in SHARES))
                for method, points in losses.items()
            ),
            note=(
                "Content and style distance of the test set's pictures before the judge, weighed "
                "as in the training (1 and 10 by the recipe). Of Figure 8 the paper's text gives "
                f"no loss; of its Figure 6 {published.LOSS:g} for ResNet-IN, without its unit."
            ),
        ),
    )


def figure_10(comparison: Comparison) -> Sheet:
    """Accuracy, recall, F1."""
    rows = []
    for method, each in by_method(comparison.unseen).items():
        theirs = published.FIGURE_10.get(Method(method)) if method in {*Method} else None
        figures = (None,) * 3 if theirs is None else (theirs.accuracy, theirs.recall, theirs.f1)
        rows.append(
            (
                method,
                *(_figure(value) for value in (each.accuracy, each.recall, each.f1)),
                *map(_percent, figures),
            )
        )
    control = next(iter(comparison.unseen.recognition), None)
    sure = "" if control is None else f" The classifier's own accuracy is {control.control:.3f}."
    return Sheet(
        title="Figure 10: accuracy, recall, F1",
        columns=("method", "accuracy", "recall", "F1", "paper's accuracy", "its recall", "its F1"),
        rows=tuple(rows),
        note=(
            "On the test set. The paper gives two accuracies for each method, in Figures 8 and 10, "
            "and does not say how they differ; ours is one." + sure
        ),
    )


def execution_times(comparison: Comparison, latency: Results) -> tuple[Sheet, Sheet]:
    """Seconds by method, size and image type, and what the student paper tells."""
    execution = comparison.execution
    sizes = sorted({drawing.size for drawing in execution.drawings})
    kinds = [(size, image_type) for size in sizes for image_type in IMAGE_TYPES]
    rows = [
        (method, *(_times(execution, method, size, kind) for size, kind in kinds))
        for method in Method
    ]
    packs = _packs_end_to_end(latency, sizes)
    if packs:
        name, means = packs
        rows.append((name, *(_maybe(means.get(s)) if k == "JPEG" else NONE for s, k in kinds)))
    naas = comparison.recipe.naas_steps
    ours = Sheet(
        title="Seconds by method and size",
        columns=("method", *(f"{size}x{size}, {kind}" for size, kind in kinds)),
        rows=tuple(rows),
        note=(
            f"From file to picture, means of {TESTS} tests, {execution.runtime}, "
            f"{execution.threads} thread{'' if execution.threads == 1 else 's'}; decoding and "
            f"drawing are timed apart and added. NAAS: {naas} times the mean of {TESTS} single "
            "steps."
        ),
    )
    theirs = Sheet(
        title="Sarika et al. 2024, section XVII",
        columns=("image type", "time for execution", "accuracy"),
        rows=tuple(
            (row.image_type, f"{row.seconds:g} s", row.accuracy)
            for row in published.EXECUTION_TIMES
        ),
        note=(
            "The paper names neither size, nor machine, nor steps, nor what the accuracy is of; "
            "JPG and JPEG are one format. Here the type of the file changes the time by what its "
            "decoding takes."
        ),
    )
    return ours, theirs


def sheets(findings: Findings) -> tuple[Sheet, ...]:
    """All of them, in the papers' order."""
    found = [table_ii(findings.latency)]
    if findings.comparison is not None:
        comparison = findings.comparison
        found += [table_iii(comparison), figure_7(comparison), *figure_8(comparison)]
        found += [figure_10(comparison), *execution_times(comparison, findings.latency)]
    return tuple(found)


def miou(evaluation: Evaluation) -> dict[str, tuple[float | None, ...]]:
    """Finished method -> its MIoU in each test: a mean over the test's photographs and all styles.

    The photographs are dealt out to the tests in turn.
    """
    finished = _finished(evaluation)
    names = list(dict.fromkeys(p.photo for j in finished for p in j.pictures))
    test = {name: number % TESTS for number, name in enumerate(names)}
    return {
        method: tuple(
            mean_of(p.miou for j in members for p in j.pictures if test[p.photo] == number)
            for number in range(TESTS)
        )
        for method, members in _grouped(finished).items()
    }


def by_method(evaluation: Evaluation) -> dict[str, Recognition]:
    """Finished method -> how its pictures were recognised."""
    there = _grouped(_finished(evaluation))
    return {each.method: each for each in evaluation.recognition if each.method in there}


def accuracies(evaluation: Evaluation) -> dict[str, dict[int, float]]:
    """Method -> share of its steps in percent -> accuracy."""
    found = {each.method: each.accuracy for each in evaluation.recognition}
    return _by_share(found.get)


def weighted_losses(evaluation: Evaluation) -> dict[str, dict[int, float]]:
    """Method -> share of its steps in percent -> weighted distance, the mean over the styles."""
    found = {
        name: mean_of(judgement.weighted for judgement in members)
        for name, members in _grouped(evaluation.judgements).items()
    }
    return _by_share(found.get)


def _by_share(found: Callable[[str], float | None]) -> dict[str, dict[int, float]]:
    points = {
        method.value: {
            share: value for share in SHARES if (value := found(staged(method, share))) is not None
        }
        for method in Method
    }
    return {method: values for method, values in points.items() if values}


def _finished(evaluation: Evaluation) -> list[Judgement]:
    stages = {staged(method, share) for method in Method for share in SHARES if share < 100}
    return [each for each in evaluation.judgements if each.method not in stages]


def _grouped(judgements: Iterable[Judgement]) -> dict[str, list[Judgement]]:
    methods: dict[str, list[Judgement]] = {}
    for each in judgements:
        methods.setdefault(each.method, []).append(each)
    return methods


def _packs_end_to_end(
    latency: Results, sizes: Sequence[int]
) -> tuple[str, Mapping[int, float]] | None:
    """The packs' name, and their mean time at each size; None without a pack."""
    beside = paper.beside_paper(latency)
    if beside is None:
        return None
    means = {}
    for size in sizes:
        times = [
            m.end_to_end.mean_ms / 1000
            for m in latency.measurements
            if max(m.size) == size and (m.recipe, m.threads) == (beside.recipe, beside.threads)
        ]
        if times:
            means[size] = statistics.fmean(times)
    network = beside.rows[0].measurement.network
    return f"{network} as a pack, {beside.runtime}", means


def _ranks(values: Mapping[str, float]) -> dict[str, str]:
    ordered = sorted(values, key=lambda name: -values[name])
    return {name: str(place) for place, name in enumerate(ordered, 1)}


def _times(execution: Execution, method: Method, size: int, image_type: str) -> str:
    return _maybe(execution.seconds(method, size, image_type))


def _maybe(seconds: float | None) -> str:
    return NONE if seconds is None else _seconds(seconds)


def _seconds(value: float) -> str:
    return f"{value:.0f}" if value >= 20 else f"{value:.3g}"


def _figure(value: float | None) -> str:
    return NONE if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return NONE if value is None else f"{100 * value:.2f} %"
