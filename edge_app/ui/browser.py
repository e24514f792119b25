"""The desktop's file dialog, in the app's own look.

It works by finger on a small screen, and where no desktop runs at all.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from kivy.app import App
from kivy.properties import BooleanProperty, ObjectProperty, StringProperty
from kivy.uix.modalview import ModalView
from kivy.uix.recycleview.views import RecycleDataViewBehavior

from edge_app.core.image import SUFFIXES, Bytes
from edge_app.ui import picture  # noqa: F401 - browser.kv shows Pictures
from edge_app.ui.controls import Pressable, load_kv
from edge_app.ui.folders import is_folder, pictures_folder
from edge_app.ui.notices import Question
from edge_app.ui.photo import read_thumbnail
from edge_app.ui.session import Session
from edge_app.ui.textures import texture_of
from edge_app.ui.worker import Job

THUMBNAIL = 220
"""Pixels of the shorter side."""

KEPT_THUMBNAILS = 200


class Entry(RecycleDataViewBehavior, Pressable):
    """A folder or a picture; one widget shows many of them while the list scrolls."""

    name = StringProperty("")
    is_folder = BooleanProperty(False)
    texture = ObjectProperty(None, allownone=True)

    path: Path | None = None
    browser: Browser | None = None
    _job: Job | None = None

    def refresh_view_attrs(self, _view: Any, _index: int, data: dict[str, Any]) -> None:
        """Show another file from now on."""
        if self._job is not None:
            self._job.cancel()
            self._job = None
        self.texture = None
        self.path, self.browser = data["path"], data["browser"]
        self.name, self.is_folder = data["name"], data["is_folder"]
        self.label = self.name
        if not self.is_folder and self.browser is not None:
            self._job = self.browser.ask_thumbnail(data["path"], self.setter("texture"), self)

    def on_release(self) -> None:
        """Go into the folder, or take the picture."""
        if self.browser is not None and self.path is not None:
            self.browser.take(self.path, is_folder=self.is_folder)


class Browser(ModalView):
    """Asks once and answers once.

    Args:
        session: whose loader lists folders and makes the thumbnails.
        title: what is asked.
        folder: where it begins.
        answer: gets the file; None when the dialog was closed.
        name: a proposed file name makes it a dialog for saving.
    """

    title = StringProperty("")
    shown_folder = StringProperty("")
    empty_text = StringProperty("")
    accept_text = StringProperty("")
    saving = BooleanProperty(False)
    folder: Path = Path()

    def __init__(
        self,
        session: Session,
        title: str,
        folder: Path,
        answer: Callable[[Path | None], None],
        *,
        name: str = "",
    ) -> None:
        self._session = session
        self._answer: Callable[[Path | None], None] | None = answer
        self._thumbnails: dict[Path, Any] = {}
        self._jobs: list[Job] = []
        """What was asked of the loader for the folder that is shown."""
        super().__init__(title=title, saving=bool(name), accept_text=session.words.save)
        self._suffix = Path(name).suffix
        self.ids.file_name.text = name
        self.bind(on_dismiss=lambda _: self._finish(None))
        self.show(folder)

    def show(self, folder: Path) -> None:
        """List a folder, soon: its folders first, then its pictures, by name."""
        words = self._session.words
        self._drop_jobs()
        self.folder = place = folder.absolute()
        self.shown_folder, self.empty_text = _short(place), ""
        self.ids.entries.data = []
        self.ids.up.disabled = place.parent == place

        def done(listed: list[tuple[Path, bool]]) -> None:
            self.empty_text = "" if listed else words.browse_empty
            self.ids.entries.data = [
                {"path": path, "name": path.name, "is_folder": is_folder, "browser": self}
                for path, is_folder in listed
            ]
            self.ids.entries.scroll_y = 1

        def failed(_error: Exception) -> None:
            self.empty_text = words.browse_forbidden

        self._jobs.append(
            self._session.loader.submit(lambda _job: _listed(place), on_done=done, on_error=failed)
        )

    def go_home(self) -> None:
        """Show the user's own folder."""
        self.show(Path.home())

    def take(self, path: Path, *, is_folder: bool) -> None:
        """An entry was pressed."""
        if is_folder:
            self.show(path)
        elif self.saving:
            self.ids.file_name.text = path.name
        else:
            self._session.remember(folder=str(self.folder))
            self._finish(path)

    def accept(self) -> None:
        """Save under the name that stands there, after a question where that is taken."""
        name = self.ids.file_name.text.strip()
        if not name:
            return
        path = self.folder / name
        if not _alike(path.suffix, self._suffix):  # another ending would not make it another format
            path = path.with_name(path.name + self._suffix)
        if not _is_there(path):
            self._finish(path)
            return
        words = self._session.words
        answers = [(words.replace, lambda: self._finish(path)), (words.cancel, lambda: None)]
        Question(words.replace_title, words.replace_text.format(name=path.name), answers).open()

    def ask_thumbnail(
        self, path: Path, show: Callable[[Any, Any], None], owner: Entry
    ) -> Job | None:
        """Have a texture shown, now or soon; what cannot be read keeps its icon."""
        if path in self._thumbnails:
            show(owner, self._thumbnails[path])
            return None

        def done(thumbnail: Bytes) -> None:
            if len(self._thumbnails) >= KEPT_THUMBNAILS:
                del self._thumbnails[next(iter(self._thumbnails))]
            self._thumbnails[path] = texture = texture_of(thumbnail)
            show(owner, texture)

        job = self._session.loader.submit(
            lambda _job: read_thumbnail(path, THUMBNAIL), on_done=done, on_error=lambda _: None
        )
        self._jobs.append(job)
        return job

    def _drop_jobs(self) -> None:
        """What is read next need not wait for thumbnails that nobody sees any more."""
        for job in self._jobs:
            job.cancel()
        self._jobs.clear()

    def _finish(self, path: Path | None) -> None:
        self._drop_jobs()
        answer, self._answer = self._answer, None
        if answer is not None:
            self.dismiss()
            answer(path)


def choose_photo(answer: Callable[[Path | None], None]) -> None:
    """Ask for a photograph; begins where the last one was."""
    session = _session()
    last = Path(session.settings.folder) if session.settings.folder else pictures_folder()
    folder = last if is_folder(last) else pictures_folder()
    Browser(session, session.words.browse_photo, folder, answer).open()


def choose_place(name: str, answer: Callable[[Path | None], None]) -> None:
    """Ask where a file goes; begins in the pictures' folder."""
    session = _session()
    Browser(session, session.words.browse_save, pictures_folder(), answer, name=name).open()


def _session() -> Session:
    session = App.get_running_app().session
    assert isinstance(session, Session)
    return session


def _listed(folder: Path) -> list[tuple[Path, bool]]:
    """What is shown of a folder, and of each whether it is a folder itself.

    Raises:
        OSError: it cannot be read.
    """
    folders, files = [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if is_folder(entry):
                folders.append(Path(entry.path))
            elif Path(entry.name).suffix.lower() in SUFFIXES:
                files.append(Path(entry.path))
    listed = [(path, True) for path in sorted(folders, key=_by_name)]
    return listed + [(path, False) for path in sorted(files, key=_by_name)]


def _is_there(path: Path) -> bool:
    """Whether a file is known to be there; writing it tells what cannot even be looked for."""
    try:
        return path.exists()
    except OSError:  # in a folder that may not be searched, or of a name that is too long
        return False


def _short(folder: Path) -> str:
    """The folder's path, the user's own folder as ~."""
    with suppress(ValueError):
        return str(Path("~") / folder.relative_to(Path.home()))
    return str(folder)


def _alike(one: str, other: str) -> bool:
    return one.lower().replace("jpeg", "jpg") == other.lower().replace("jpeg", "jpg")


def _by_name(path: Path) -> str:
    return path.name.casefold()


load_kv(__file__)
