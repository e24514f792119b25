"""What an APK weighs, and what of it: `python -m edge_app.packaging.android.weigh FILE`."""

from __future__ import annotations

import sys
import zipfile
from collections import Counter
from pathlib import Path

from edge_app.core.errors import ConfigError, EdgestyleError

APK_BUDGET_BYTES = 52_000_000
"""Of a debug APK for one kind of processor: what people load over a phone's connection. stage.py
has the shares of it."""


def weigh(apk: Path) -> str:
    """A line for each part of the APK, the heaviest first, and the whole.

    Raises:
        ConfigError: not an APK, or heavier than APK_BUDGET_BYTES.
    """
    parts: Counter[str] = Counter()
    try:
        with zipfile.ZipFile(apk) as archive:
            for entry in archive.infolist():
                name = entry.filename
                # Libraries one by one: each came in by a decision. The rest by its folder.
                part = name if name.startswith(("lib/", "assets/")) else name.partition("/")[0]
                parts[part] += entry.compress_size
    except (OSError, zipfile.BadZipFile) as error:
        raise ConfigError(f"{apk}: not an APK ({error})") from error
    size_bytes = apk.stat().st_size
    lines = [f"{count / 1e6:7.2f} MB  {part}" for part, count in parts.most_common(12)]
    text = "\n".join([*lines, f"{size_bytes / 1e6:7.2f} MB  {apk}"])
    if size_bytes > APK_BUDGET_BYTES:
        raise ConfigError(f"{text}\nheavier than the budget of {APK_BUDGET_BYTES / 1e6:.0f} MB")
    return text


if __name__ == "__main__":
    try:
        sys.stdout.write(weigh(Path(sys.argv[1])) + "\n")
    except EdgestyleError as error:
        sys.exit(str(error))
