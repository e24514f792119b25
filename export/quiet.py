"""Keeping the converters' chatter from the user's screen. Their errors come as exceptions."""

from __future__ import annotations

import io
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout

_SETTINGS = {
    "LITERT_TORCH_SHOW_PROGRESS": "n",
    # Only to silence a line that oneDNN prints on import; nothing here computes with TensorFlow.
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


@contextmanager
def quiet(*, prints: bool = False) -> Iterator[None]:
    """Within the block, libraries log nothing below errors and warn of nothing.

    For imports and calls of third-party converters only: they report versions that they were not
    tested with, deprecations among themselves, and progress of their own.

    Args:
        prints: the library prints as well. Then nothing of this process reaches the terminal while
            the block lasts, and a progress bar stands still: only for short ones.
    """
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    before = logging.root.manager.disable
    logging.disable(max(before, logging.WARNING))
    try:
        with warnings.catch_warnings(), ExitStack() as streams:
            warnings.simplefilter("ignore")
            if prints:
                streams.enter_context(redirect_stdout(io.StringIO()))
                streams.enter_context(redirect_stderr(io.StringIO()))
            yield
    finally:
        logging.disable(before)
