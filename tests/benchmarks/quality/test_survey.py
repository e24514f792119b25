from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks.quality.answers import read_answers, sum_up, survey_sheets
from benchmarks.quality.panel import Drawn
from benchmarks.quality.photographs import Photograph
from benchmarks.quality.subjects import Subject
from benchmarks.quality.survey import CRITERIA, KEY, PAGE, Item, Key, Survey, read_key
from edge_app.core.errors import ResultsError, StorageError
from training.config import LossConfig

KEY_OF_THREE = Key(
    survey="f00d",
    items=(
        Item(id="a1", method="small", style="whirl", photo="one"),
        Item(id="b2", method="small", style="scream", photo="one"),
        Item(id="c3", method="NAAS", style="whirl", photo="one"),
    ),
)


def subject(method: str, painting: Path | None) -> Subject:
    return Subject(
        method=method,
        style="whirl",
        title="Secret Title",
        kind="pictures",
        source="secret_source",
        sha256=None,
        model=None,
        painting=painting,
        loss=LossConfig(),
        style_size=384,
        draw=lambda photo: photo.picture,
    )


@pytest.fixture
def survey_folder(tmp_path, real, whirl_file):
    survey = Survey(tmp_path / "survey", photos=2)
    photos = [Photograph(name=name, picture=p, aspect=1) for name, p in real.items()]
    for method in ("method-one", "method-two"):
        drawn = [Drawn(photo=photo, picture=255 - photo.picture) for photo in photos]
        survey.add(subject(method, whirl_file), drawn)
    survey.write()
    return tmp_path / "survey"


def page_data(folder):
    page = (folder / PAGE).read_text(encoding="utf-8")
    found = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)
    return page, json.loads(found[1])


def test_the_page_does_not_tell_who_drew_what(survey_folder):
    page, data = page_data(survey_folder)
    key = read_key(survey_folder)
    for secret in ("method-one", "method-two", "Secret Title", "secret_source", "astronaut"):
        assert secret not in page
        assert secret not in page.encode().decode("ascii", "ignore").lower()
    assert data["survey"] == key.survey
    assert [each["id"] for each in data["items"]] == [item.id for item in key.items]
    # In the order of random names: a method's pictures do not stand together by design.
    assert [item.id for item in key.items] == sorted(item.id for item in key.items)
    assert {item.method for item in key.items} == {"method-one", "method-two"}
    assert len({item.photo for item in key.items}) == 2


def test_every_small_picture_is_embedded_once(survey_folder):
    _, data = page_data(survey_folder)
    assert len(data["items"]) == 4
    assert len(data["small"]) == 3  # two photographs and the painting
    used = {each[name] for each in data["items"] for name in ("photo", "painting")}
    assert used == set(data["small"])


def test_the_page_loads_nothing(survey_folder):
    page, _ = page_data(survey_folder)
    assert not re.search(r"""(?:src|href)=["'](?!#|data:)""", page.split("</style>")[1])
    assert "http" not in re.sub(r"base64,[\w+/=]+", "", page)


def test_names_differ_between_two_surveys(tmp_path, real):
    photo = Photograph(name="one", picture=real["coffee"], aspect=1)
    ids = []
    for name in ("a", "b"):
        survey = Survey(tmp_path / name, photos=1)
        survey.add(subject("m", None), [Drawn(photo=photo, picture=np.zeros_like(photo.picture))])
        survey.write()
        ids.append(read_key(tmp_path / name).items[0].id)
    assert ids[0] != ids[1]


def test_another_survey_does_not_take_the_key_of_the_first(survey_folder):
    key = read_key(survey_folder)
    with pytest.raises(StorageError, match="holds a survey already"):
        Survey(survey_folder, photos=1)
    assert read_key(survey_folder) == key


def test_a_folder_that_cannot_be_written_is_told_before_the_work(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        Survey(tmp_path / "file", photos=1)


def answers(person="p1", **ratings):
    return {
        "schema_version": 1,
        "survey": "f00d",
        "person": person,
        "created": "2026-11-20T15:00:00.000Z",
        "answers": [
            {"item": item, "ratings": dict(zip(CRITERIA, points, strict=True)), "seconds": 4.5}
            for item, points in ratings.items()
        ],
    }


@pytest.fixture
def answered(tmp_path):
    def write(**values):
        path = tmp_path / f"answers-{values['person']}.json"
        path.write_text(json.dumps(values))
        return path

    return write


def scores_of(paths):
    summary = sum_up(KEY_OF_THREE, [read_answers(path, KEY_OF_THREE) for path in paths])
    return {(s.method, s.style, s.criterion): s for s in summary.scores}


def test_means_and_margins_by_hand(answered):
    first = answered(**answers("p1", a1=(7, 8, 6), b2=(5, 6, 4), c3=(9, 9, 9)))
    second = answered(**answers("p2", a1=(9, 8, 10)))
    found = scores_of([first, second])
    whole = found["small", "", "completeness"]
    # p1's mean over its pictures is 6, p2's is 9: everybody counts the same.
    assert whole.mean == pytest.approx(7.5)
    # Two people: t(0.975, 1) = 12.706 times the standard error 3 / sqrt 2 / sqrt 2.
    assert whole.margin == pytest.approx(12.706 * 1.5, rel=1e-4)
    assert (whole.people, whole.ratings) == (2, 3)
    assert found["small", "whirl", ""].mean == pytest.approx((7 + 9) / 2)
    assert found["small", "scream", "coherence"].mean == 4
    alone = found["NAAS", "whirl", ""]
    assert (alone.mean, alone.margin, alone.people) == (9, None, 1)


def test_tables_name_methods_and_styles(answered):
    path = answered(**answers("p1", a1=(7, 8, 6), c3=(9, 9, 9)))
    overall, by_style = survey_sheets(sum_up(KEY_OF_THREE, [read_answers(path, KEY_OF_THREE)]))
    assert overall.columns == ("subject", *CRITERIA, "overall", "people", "ratings")
    assert overall.rows == (
        ("NAAS", "9.00", "9.00", "9.00", "9.00", "1", "1"),
        ("small", "7.00", "8.00", "6.00", "7.00", "1", "1"),
    )
    assert [row[0] for row in by_style.rows] == ["whirl, NAAS", "whirl, small"]


def test_the_same_person_twice_is_refused(answered, tmp_path):
    path = answered(**answers("p1", a1=(7, 8, 6)))
    copy = tmp_path / "copy.json"
    copy.write_text(path.read_text())
    with pytest.raises(ResultsError, match="same person"):
        scores_of([path, copy])


def test_nobody_rated_anything(answered):
    with pytest.raises(ResultsError, match="nobody has rated"):
        scores_of([answered(**answers("p1"))])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"survey": "beef"}, "answers to the survey beef; the key is of f00d"),
        ({"schema_version": 2}, "newer edgestyle"),
        ({"mood": 1}, "mood: unknown key"),
        (answers(zz=(1, 1, 1)), "'zz' is not in the survey"),
        ({"answers": answers(a1=(1, 1, 1))["answers"] * 2}, "'a1' is rated twice"),
        (answers(a1=(0, 1, 1)), "expected 1 to 10, got 0"),
        (answers(a1=(11, 1, 1)), "expected 1 to 10, got 11"),
        (
            {"answers": [{"item": "a1", "ratings": {"fluency": 3}, "seconds": 1}]},
            "expected completeness, fluency, coherence, got fluency",
        ),
    ],
)
def test_results_files_that_do_not_fit_are_refused(answered, change, message):
    path = answered(**{**answers("p1", a1=(1, 2, 3)), **change, "person": "p1"})
    with pytest.raises(ResultsError, match=rf"answers-p1\.json.*{message}"):
        read_answers(path, KEY_OF_THREE)


def test_a_key_that_is_missing_is_told(tmp_path):
    with pytest.raises(ResultsError, match=KEY):
        read_key(tmp_path)
