"""`edgestyle train`."""

from __future__ import annotations

from tyro.conf import OmitArgPrefixes

from commands.console import complain, progress_bar, say, tell_skipped
from training.config import TrainConfig


def train(config: OmitArgPrefixes[TrainConfig], resume: bool = False) -> int:
    """Train a style on one painting and a folder of photographs, or several styles in one network.

    Writes a run folder with the weights, losses and previews. Ctrl-C stops with a checkpoint.
    Then: edgestyle export RUN --out NAME.stylepack

    On several GPUs or hosts: torchrun --nproc-per-node 4 -m edgestyle train ...

    Args:
        config: What to learn, on what, for how long.
        resume: Go on with the run in --out where it stopped; give the same settings again.
    """
    from training.train import Progress as Step
    from training.train import train as run_training

    with progress_bar() as bar:
        task = bar.add_task("loading the teacher", total=1.0)

        def show(step: Step) -> None:
            figures = f"content {step.losses['content']:.2f}, style {step.losses['style']:.3f}"
            pace = f"{step.images_per_second:.1f} img/s"
            text = f"step {step.step}/{step.steps}: {figures}, {pace}"
            bar.update(task, completed=step.share, description=text)
            if step.preview is not None:
                bar.console.print(f"preview {step.preview}", soft_wrap=True)

        result = run_training(config, show, resume=resume)
    tell_skipped(result.skipped.values())
    if not result.finished:
        complain(f"stopped at step {result.steps}; the same command with --resume goes on")
        return 130
    took = f"{result.elapsed_s:.0f} s, {result.waited_s:.1f} of them waiting for photographs"
    if resume:
        took = f"since it went on {took}"
    say(f"trained {result.folder} ({result.steps} steps; {took})")
    return 0
