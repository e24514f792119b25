from __future__ import annotations

import logging
import sys
import warnings

import pytest

from export.quiet import quiet


def test_notes_are_kept_from_the_screen(capsys, caplog):
    with quiet(prints=True):
        sys.stdout.write("a note")
        sys.stderr.write("another")
        logging.getLogger("library").warning("not tested with this version")
        warnings.warn("deprecated", FutureWarning, stacklevel=1)
    assert capsys.readouterr() == ("", "")
    assert not caplog.records


def test_errors_come_through(caplog):
    def fail():
        with quiet(prints=True):
            logging.getLogger("library").error("it failed")
            raise ValueError("real")

    with pytest.raises(ValueError, match="real"):
        fail()
    assert [record.message for record in caplog.records] == ["it failed"]


def test_all_is_as_before_afterwards(capsys, caplog):
    with quiet(prints=True):
        pass
    sys.stdout.write("heard\n")
    logging.getLogger("library").warning("heard as well")
    assert capsys.readouterr().out == "heard\n"
    assert len(caplog.records) == 1


def test_a_progress_bar_can_go_on_where_the_library_does_not_print(capsys):
    with quiet():
        sys.stdout.write("50 %\n")
    assert capsys.readouterr().out == "50 %\n"
