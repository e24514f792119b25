"""What people said in a survey: their results files, summed up by method, style and criterion."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from scipy.stats import t as student

from benchmarks.documents import read_document
from benchmarks.quality.survey import CRITERIA, POINTS, SCHEMA_VERSION, Key
from benchmarks.quality.tables import Sheet
from edge_app.core.errors import ResultsError

CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One rated picture."""

    item: str
    ratings: dict[str, int]
    """Criterion -> 1 to POINTS."""
    seconds: float
    """How long it was looked at."""

    def __post_init__(self) -> None:
        """Refuse what the page does not let people say."""
        if self.ratings.keys() != CRITERIA.keys():
            raise ResultsError(
                f"ratings: expected {', '.join(CRITERIA)}, got {', '.join(self.ratings) or 'none'}"
            )
        for criterion, points in self.ratings.items():
            if not 1 <= points <= POINTS:
                raise ResultsError(f"ratings.{criterion}: expected 1 to {POINTS}, got {points}")


@dataclass(frozen=True, kw_only=True)
class Answers:
    """One person's results file."""

    schema_version: int
    survey: str
    person: str
    """Random; tells files of different people apart, and who somebody is to nobody."""
    created: str
    """Date and time in UTC, ISO 8601."""
    answers: tuple[Answer, ...]


@dataclass(frozen=True, kw_only=True)
class Score:
    """What all people said of one method in one style (of all styles: '')."""

    method: str
    style: str
    criterion: str
    """'' for the mean over the criteria."""
    mean: float
    margin: float | None
    """Half of the CONFIDENCE interval of the mean over people (Student's t, each person's own mean
    being one sample); None with fewer than two people."""
    people: int
    ratings: int


@dataclass(frozen=True, kw_only=True)
class Summary:
    """All that was said in one survey."""

    schema_version: int = SCHEMA_VERSION
    survey: str
    people: int
    scores: tuple[Score, ...]


def read_answers(path: Path, key: Key) -> Answers:
    """Read a results file of the survey with this key.

    Raises:
        ResultsError: missing; not a results file; of another survey or a newer edgestyle; a
            picture that the survey does not have, or the same one twice.
    """
    answers = read_document(Answers, path, SCHEMA_VERSION, what="survey")
    if answers.survey != key.survey:
        raise ResultsError(
            f"{path}: answers to the survey {answers.survey}; the key is of {key.survey}"
        )
    known, seen = {item.id for item in key.items}, set[str]()
    for answer in answers.answers:
        if answer.item not in known:
            raise ResultsError(f"{path}: picture {answer.item!r} is not in the survey")
        if answer.item in seen:
            raise ResultsError(f"{path}: picture {answer.item!r} is rated twice")
        seen.add(answer.item)
    return answers


def sum_up(key: Key, people: Sequence[Answers]) -> Summary:
    """Scores of each method over all styles, and in each style; by criterion and overall.

    Raises:
        ResultsError: the same person twice, or not one rating.
    """
    names = [each.person for each in people]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ResultsError(f"two results files are of the same person ({twice}); give the later")
    items = {item.id: item for item in key.items}
    groups: dict[tuple[str, str, str], dict[str, list[float]]] = {}
    for person in people:
        for answer in person.answers:
            item = items[answer.item]
            overall = statistics.fmean(answer.ratings.values())
            for style in ("", item.style):
                for criterion, points in (("", overall), *answer.ratings.items()):
                    group = groups.setdefault((item.method, style, criterion), {})
                    group.setdefault(person.person, []).append(points)
    if not groups:
        raise ResultsError("nobody has rated a picture in these results files")
    scores = tuple(
        Score(
            method=method,
            style=style,
            criterion=criterion,
            mean=statistics.fmean(means := [statistics.fmean(each) for each in said.values()]),
            margin=_margin(means),
            people=len(said),
            ratings=sum(map(len, said.values())),
        )
        for (method, style, criterion), said in groups.items()
    )
    return Summary(survey=key.survey, people=len(people), scores=scores)


def survey_sheets(summary: Summary) -> tuple[Sheet, ...]:
    """Satisfaction by method, and by style as in the paper's Figure 9."""
    scores = summary.scores
    note = f"1 to {POINTS}, mean over people"
    if any(score.margin is not None for score in scores):
        note += f" ± half of the {CONFIDENCE:.0%} interval"
    overall = _sheet("Satisfaction", note, (s for s in scores if not s.style))
    by_style = _sheet("Satisfaction by style", note, (s for s in scores if s.style))
    return (overall, by_style)


def _sheet(title: str, note: str, scores: Iterable[Score]) -> Sheet:
    rows: dict[tuple[str, str], dict[str, Score]] = {}
    for score in scores:
        rows.setdefault((score.method, score.style), {})[score.criterion] = score
    columns = ("subject", *CRITERIA, "overall", "people", "ratings")
    return Sheet(
        title=title,
        columns=columns,
        rows=tuple(
            (
                ", ".join(filter(None, (style, method))),
                *(_figure(found[criterion]) for criterion in (*CRITERIA, "")),
                str(found[""].people),
                str(found[""].ratings),
            )
            for (method, style), found in sorted(rows.items())
        ),
        note=note,
    )


def _figure(score: Score) -> str:
    margin = "" if score.margin is None else f" ± {score.margin:.2f}"
    return f"{score.mean:.2f}{margin}"


def _margin(means: Sequence[float]) -> float | None:
    if len(means) < 2:
        return None
    quantile = float(student.ppf((1 + CONFIDENCE) / 2, len(means) - 1))
    return quantile * statistics.stdev(means) / math.sqrt(len(means))
