"""The command line: parse, build a config, call the library, show the result.

Each command is a module of `commands`, and imports what it needs when it runs, so that help is
quick, and a machine without torch can stylize and measure. Exit status: 0 done, 1 a clear error,
2 wrong usage, 3 slower than before (bench compare), 130 interrupted.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import textwrap
import traceback
import warnings
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from importlib.metadata import version

import tyro
from tyro.constructors import ConstructorRegistry, PrimitiveConstructorSpec, PrimitiveTypeInfo

from commands.app import app
from commands.bench import (
    bench_compare,
    bench_devices,
    bench_import,
    bench_merge,
    bench_paper,
    bench_run,
    bench_show,
)
from commands.console import complain, say, warn
from commands.demo import demo
from commands.evaluate import evaluate
from commands.export import ablate, export
from commands.optimise import optimise
from commands.pack import pack
from commands.scale import bench_scale
from commands.styles import styles
from commands.stylize import stylize
from commands.train import train
from edge_app.core.errors import EdgestyleError, MissingExtraError
from training.config import PRESETS, StylizerConfig, preset, preset_name
from training.interruption import handled

DESCRIPTION = """\
From one painting to a fast style-transfer model on phones and small computers.

  edgestyle train painting.jpg --photos my_photos/ --out runs/mine
  edgestyle export runs/mine --out mine.stylepack
  edgestyle stylize photo.jpg --style mine.stylepack --out styled.jpg
  edgestyle bench mine.stylepack

Add --debug to any command for the full traceback of an error."""

COMMANDS: dict[str, Callable[..., int]] = {
    "train": train,
    "export": export,
    "ablate": ablate,
    "pack": pack,
    "stylize": stylize,
    "bench": bench_run,  # and more: see BENCH
    "evaluate": evaluate,
    "optimise": optimise,
    "app": app,
    "styles": styles,
    "demo": demo,
}

BENCH: dict[str, Callable[..., int]] = {
    "run": bench_run,
    "show": bench_show,
    "compare": bench_compare,
    "merge": bench_merge,
    "import": bench_import,
    "devices": bench_devices,
    "paper": bench_paper,
    "scale": bench_scale,
}

BENCH_DESCRIPTION = """\
Measure style packs, and work with what was measured.

  edgestyle bench run mine.stylepack --json today.json
  edgestyle bench compare yesterday.json today.json

`edgestyle bench PACK...` is short for `edgestyle bench run PACK...`."""

EXTRAS = {
    "train": "train",
    "optimise": "train",
    "export": "export",
    "ablate": "export",
    "bench": "bench",
    "app": "app",
    "evaluate": "evaluate",
    "demo": "demo",
}
"""Command -> the extra with its libraries; the others need none."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and end the process with its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    words = [word for word in words if word != "--debug"]
    if words == ["--version"]:
        say(version("edgestyle"))
        sys.exit(0)
    # A file name may hold bytes that are no text, and a terminal know fewer letters than a title.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    if not debug:
        warnings.filterwarnings("ignore", module=r"(?!training|export|edge_app|benchmarks)")
        warnings.showwarning = lambda message, *_rest, **_more: warn(str(message))
    try:
        with _stopped_like_ctrl_c():
            status = _run(words)
        sys.exit(status)
    except KeyboardInterrupt:
        complain("interrupted")
        sys.exit(130)
    except BrokenPipeError:  # `edgestyle ... | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as error:
        if debug:
            traceback.print_exc()
        complain(_explained(error, words[0] if words else ""))
        sys.exit(1)


def _run(words: Sequence[str]) -> int:
    """Parse the words and run the command; gives its exit status."""
    commands, prog, description, rest = COMMANDS, "edgestyle", DESCRIPTION, words
    if words[:1] == ["bench"]:
        commands, prog, description = BENCH, "edgestyle bench", BENCH_DESCRIPTION
        rest = words[1:]
        if rest and rest[0] not in {*BENCH, "-h", "--help"}:
            rest = ["run", *rest]
    with _registry:
        status: int = tyro.extras.subcommand_cli_from_dict(
            commands,
            prog=prog,
            description=description,
            args=rest or ["--help"],
            config=(tyro.conf.EnumChoicesFromValues,),
        )
    return status


def _stopped_like_ctrl_c() -> AbstractContextManager[object]:
    """Within it a plain kill, or a terminal that is closed, is a KeyboardInterrupt.

    So what Ctrl-C keeps is kept then too. A signal that is ignored (nohup) stays so.
    """
    ending = (getattr(signal, name, None) for name in ("SIGTERM", "SIGHUP"))  # Windows lacks one
    return handled(
        {
            number: signal.default_int_handler
            for number in ending
            if number is not None and signal.getsignal(number) == signal.SIG_DFL
        }
    )


_registry = ConstructorRegistry()


@_registry.primitive_rule
def _network_by_preset(info: PrimitiveTypeInfo) -> PrimitiveConstructorSpec[StylizerConfig] | None:
    """`--network NAME` instead of an option for each field of the shape."""
    if info.type is not StylizerConfig:
        return None
    return PrimitiveConstructorSpec(
        nargs=1,
        metavar="{" + ",".join(PRESETS) + "}",
        instance_from_str=lambda words: preset(words[0]),
        is_instance=lambda value: isinstance(value, StylizerConfig),
        str_from_instance=lambda config: [preset_name(config)],
        choices=tuple(PRESETS),
    )


def _explained(error: Exception, command: str) -> str:
    if isinstance(error, ModuleNotFoundError):
        extra = EXTRAS.get(command, "dev")
        purpose = f"edgestyle {command}"
        return str(MissingExtraError(error.name or "?", extra=extra, purpose=purpose))
    if isinstance(error, MemoryError):
        return "not enough memory; try a smaller --size or --batch"
    if isinstance(error, (EdgestyleError, OSError)):
        return str(error)
    reason = textwrap.shorten(f"{type(error).__name__}: {error}", 200)
    return f"a defect of edgestyle, please report it with the output of --debug: {reason}"


if __name__ == "__main__":
    main()
