"""`edgestyle optimise`."""

from __future__ import annotations

from tyro.conf import OmitArgPrefixes

from commands.console import complain, progress_bar, say
from training.optimise.config import OptimiseJob


def optimise(job: OmitArgPrefixes[OptimiseJob]) -> int:
    """Stylize one photograph by the reference method: slow, no training, the best there is.

    The picture itself is changed, step by step, until the teacher sees the photograph's content and
    the paintings' style in it (Gatys et al. 2016). Ctrl-C ends early and writes what there is.
    """
    from training.interruption import stop_signals
    from training.optimise.files import optimise_files
    from training.optimise.method import Progress as Step

    with progress_bar() as bar, stop_signals() as stop:
        task = bar.add_task("loading the teacher", total=1.0)

        def show(step: Step) -> None:
            figures = f"content {step.losses.content:.3g}, style {step.losses.style:.3g}"
            text = f"step {step.step}/{step.steps}: {figures}"
            bar.update(task, completed=step.share, description=text)

        result = optimise_files(job, show, stop=stop)
    if not result.finished:
        complain(f"stopped at step {result.steps}; {job.out} is the picture so far")
        return 130
    height, width = result.size
    say(f"wrote {job.out} ({width}x{height}, {result.steps} steps)")
    return 0
