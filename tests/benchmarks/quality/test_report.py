from __future__ import annotations

import re

import numpy as np
import pytest

from benchmarks.config import BenchConfig
from benchmarks.pictures import PAGE_BYTES, Illustration
from benchmarks.quality.report import Gallery, write_quality_report
from benchmarks.report import write_report
from edge_app.core.errors import ConfigError


@pytest.fixture
def gallery(real, whirl):
    names = ("Whirl, small", "The Scream, small")
    return Gallery(
        {
            photo: [
                Illustration(title=name, photo=real[photo], stylized=255 - real[photo], painting=p)
                for name, p in zip(names, (whirl, None), strict=True)
            ]
            for photo in ("coffee", "rocket")
        }
    )


def test_the_page_shows_pictures_and_every_table(tmp_path, evaluation, gallery):
    path = tmp_path / "quality.html"
    write_quality_report(path, evaluation(), gallery)
    page = path.read_text(encoding="utf-8")
    assert page.count("<img") == 2 * (1 + 2 + 1)
    assert page.count('<a class="enlarge"') == 2 * (1 + 2)
    assert re.findall(r'<optgroup label="(.*)">', page) == ["coffee", "rocket"]
    for text in ("2 styles", "Recognisability", "Clips", "FID", "Layer by layer", "182.4", "2.750"):
        assert text in page
    assert "&lt;b&gt;not&lt;/b&gt; there" in page
    assert not re.search(r"""(?:src|href)=["'](?!#|data:)""", page.split("</style>")[1])


def test_many_photographs_and_subjects_stay_a_page_that_can_be_sent(tmp_path, evaluation):
    noise = np.random.default_rng(0).integers(0, 256, (3, 512, 512, 3), dtype=np.uint8)
    rows = {
        str(number): [
            Illustration(title=str(i), photo=photo, stylized=255 - photo, painting=photo[: 99 + i])
            for i in range(12)
        ]
        for number, photo in enumerate(noise)
    }
    path = tmp_path / "quality.html"
    write_quality_report(path, evaluation(), Gallery(rows))
    assert 1_000_000 < path.stat().st_size < PAGE_BYTES * 4 / 3 + 200_000


def test_the_benchmarks_report_shows_it_too(tmp_path, evaluation, results):
    path = tmp_path / "report.html"
    write_report(path, results(), quality=evaluation())
    page = path.read_text(encoding="utf-8")
    assert '<section id="quality">' in page
    assert "182.4" in page
    write_report(path, results())
    assert '<section id="quality">' not in path.read_text(encoding="utf-8")


def test_a_benchmark_without_a_report_cannot_show_it(tmp_path):
    with pytest.raises(ConfigError, match="give --report or --markdown too"):
        BenchConfig(packs=("a",), quality=(tmp_path / "q.json",))


def test_what_was_not_shown_leaves_no_hole(tmp_path, evaluation):
    path = tmp_path / "quality.html"
    write_quality_report(path, evaluation(notices=()), Gallery())
    page = path.read_text(encoding="utf-8")
    assert "<img" not in page
    assert "viewer" not in page
    assert "Not judged" not in page


def test_the_same_photographs_are_shown_of_every_subject(real, whirl_file):
    from benchmarks.quality.panel import Drawn
    from benchmarks.quality.photographs import Photograph

    gallery = Gallery()
    photos = [Photograph(name=name, picture=p, aspect=1) for name, p in real.items()]

    class Fake:
        title, method, painting = "Whirl", "small", whirl_file

    drawn = [Drawn(photo=photo, picture=photo.picture) for photo in photos]
    gallery.add(Fake(), drawn)
    gallery.add(Fake(), drawn[1:])
    assert list(gallery.rows) == ["astronaut", "chelsea", "coffee"]
    assert [len(row) for row in gallery.rows.values()] == [1, 2, 2]
