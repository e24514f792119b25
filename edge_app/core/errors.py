"""Every error that edgestyle raises on purpose, in one tree.

    EdgestyleError                 a clear sentence for the user; exit status 1
    ├── ImageError                 a picture that cannot be read, is too small or too large
    ├── PhotoFolderError           a folder without a usable photograph
    ├── ConfigError                an option, preset, layer or recipe that does not exist or fit
    ├── TeacherError               teacher weights that are missing, damaged or do not reach a layer
    ├── RunError                   a training run that is missing, damaged or does not match
    ├── StorageError               a file or folder that cannot be written
    ├── PackError                  a style pack that breaks its contract
    ├── RuntimeUnavailableError    no inference library here can run this model
    ├── ExportError                a model file that could not be written
    │   └── ParityError            a model file that does not agree with the trained network
    ├── CameraError                no camera, one that was taken away, or no permission for it
    ├── ResultsError               a benchmark result that cannot be read, compared or merged
    ├── DeviceError                a phone or computer that cannot be reached, or went away
    └── MissingExtraError          an optional dependency that is not installed

A message names the thing, what was expected, what was got, and what to do.
"""

from __future__ import annotations


class EdgestyleError(Exception):
    """Base of the tree; its text is shown to the user as it stands."""


class ImageError(EdgestyleError):
    """A picture that cannot be read, is too small or too large."""


class PhotoFolderError(EdgestyleError):
    """A folder without a usable photograph."""


class ConfigError(EdgestyleError):
    """An option, preset, layer or recipe that does not exist or does not fit the others."""


class TeacherError(EdgestyleError):
    """Teacher weights that are missing, damaged or do not reach the layer asked for."""


class RunError(EdgestyleError):
    """A training run that is missing, damaged or does not match what is asked of it."""


class StorageError(EdgestyleError):
    """A file or folder that cannot be written: no room, no permission, not a folder."""


class PackError(EdgestyleError):
    """A style pack that breaks its contract; the text names the file and the reason."""


class RuntimeUnavailableError(EdgestyleError):
    """No inference library on this machine can run the model."""


class ExportError(EdgestyleError):
    """A model file that could not be written."""


class ParityError(ExportError):
    """A model file that does not agree with the network it was made from."""


class CameraError(EdgestyleError):
    """A camera that is not there, was taken away, is in use or forbidden."""


class ResultsError(EdgestyleError):
    """A benchmark result that cannot be read, compared or merged."""


class DeviceError(EdgestyleError):
    """A phone or another computer that cannot be reached, went away or has no room."""


class MissingExtraError(EdgestyleError):
    """An optional dependency is absent; the text holds the pip line that installs it."""

    def __init__(self, package: str, *, extra: str, purpose: str) -> None:
        super().__init__(
            f"{purpose} needs the package '{package}', which is not installed here. "
            f"Install it with: pip install 'edgestyle[{extra}]'"
        )
