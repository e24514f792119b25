"""`edgestyle evaluate`."""

from __future__ import annotations

from collections.abc import Sequence

from tyro.conf import OmitArgPrefixes

from benchmarks.quality.config import EvaluateConfig
from commands.console import progress_bar, say, show


def evaluate(config: OmitArgPrefixes[EvaluateConfig]) -> int:
    """Judge pictures: content, style, structure, colour, regions, recognisability, flicker.

    Packs, runs and folders of finished pictures are judged on the same photographs. docs/metrics.md
    defines every figure and says what it cannot tell; --survey lets people judge instead.
    """
    if config.answers:
        return _sum_up_survey(config)
    from benchmarks.outputs import check_places
    from benchmarks.quality.evaluate import evaluate as run_evaluation
    from benchmarks.quality.panel import Drawn
    from benchmarks.quality.report import Gallery, write_quality_report
    from benchmarks.quality.results import write_evaluation
    from benchmarks.quality.subjects import Subject
    from benchmarks.quality.survey import Survey
    from benchmarks.quality.tables import markdown, screen
    from edge_app.core.files import write_text

    check_places(config.json, config.markdown, config.report)
    gallery, survey = Gallery(), None
    if config.survey is not None:
        survey = Survey(config.survey, photos=config.survey_photos)

    def keep(subject: Subject, drawn: Sequence[Drawn]) -> None:
        gallery.add(subject, drawn)
        if survey is not None:
            survey.add(subject, drawn)

    with progress_bar() as bar:
        task = bar.add_task("judging", total=1.0)
        evaluation = run_evaluation(
            config,
            lambda stage, share: bar.update(task, completed=share, description=stage),
            keep,
        )
    show(screen(evaluation))
    if config.json is not None:
        write_evaluation(config.json, evaluation)
    if config.markdown is not None:
        write_text(config.markdown, markdown(evaluation))
    if survey is not None:
        say(f"survey: {survey.write()}; keep its key.json to yourself")
    if config.report is not None:
        write_quality_report(config.report, evaluation, gallery)
        say(f"report: {config.report}")
    return 130 if evaluation.interrupted else 0


def _sum_up_survey(config: EvaluateConfig) -> int:
    from benchmarks.quality.answers import read_answers, sum_up, survey_sheets
    from benchmarks.quality.survey import read_key
    from benchmarks.quality.tables import sheets_in_markdown, sheets_on_screen
    from edge_app.core.files import write_text
    from edge_app.core.strict_json import to_json

    assert config.survey is not None, "EvaluateConfig has seen to it"
    key = read_key(config.survey)
    summary = sum_up(key, [read_answers(path, key) for path in config.answers])
    sheets = survey_sheets(summary)
    show(sheets_on_screen(sheets))
    if config.json is not None:
        write_text(config.json, to_json(summary))
    if config.markdown is not None:
        write_text(config.markdown, "\n".join(["# Survey", "", *sheets_in_markdown(sheets)]))
    return 0
