"""python-for-android's hook: lets the app reach the GPU driver.

Android 12 and later hide the vendor's libOpenCL.so from apps that do not ask for it by name inside
<application>, for which buildozer.spec has no key. Not required: phones without it run the app too.
"""

from __future__ import annotations

from pathlib import Path

MANIFEST = Path("src/main/AndroidManifest.xml")
"""In the folder that gradle builds from, where python-for-android calls this."""

LIBRARIES = ("libOpenCL.so", "libOpenCL-pixel.so", "libOpenCL-car.so")
"""What vendors call it."""

END = "</application>"


def before_apk_assemble(_toolchain: object) -> None:
    """Called between the writing of the manifest and gradle."""
    MANIFEST.write_text(with_libraries(MANIFEST.read_text(encoding="utf-8")), encoding="utf-8")


def with_libraries(manifest: str) -> str:
    """The manifest with an entry for each of LIBRARIES; again gives the same.

    Raises:
        ValueError: the manifest is not as python-for-android wrote it so far.
    """
    if manifest.count(END) != 1:
        raise ValueError(f"{MANIFEST}: expected one {END}, found {manifest.count(END)}")
    lines = "".join(
        f'    <uses-native-library android:name="{name}" android:required="false" />\n    '
        for name in LIBRARIES
        if f'android:name="{name}"' not in manifest
    )
    return manifest.replace(END, lines + END)
