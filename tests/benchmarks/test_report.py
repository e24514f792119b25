from __future__ import annotations

import base64
import dataclasses
import io
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import paper
from benchmarks.figures import ms, seconds, times
from benchmarks.pictures import PAGE_BYTES, Illustration
from benchmarks.report import write_report
from benchmarks.reported import Scope
from benchmarks.results import Verdict
from benchmarks.scene import draw_scene
from benchmarks.timing import Series
from edge_app.core.errors import RunError, StorageError
from edge_app.core.manifest import Delegate, Gate, Lint

VOID = {"meta", "img", "br", "link", "input", "hr", "source", "path", "use"}
TIMES = "\N{MULTIPLICATION SIGN}"
FETCHING = {"src", "href", "data", "poster", "srcset", "action", "background", "xlink:href"}


class Page(HTMLParser):
    """A page's elements, text and structure; anything out of order is an error."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes = [], [], []
        self.words = ""
        self.text_of = {}
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag in VOID:
            assert not self.open or self.open[-1] != tag
            return
        assert self.open, f"</{tag}> without a beginning"
        assert self.open.pop() == tag, f"</{tag}> out of order"

    def handle_data(self, data):
        inside = self.open[-1] if self.open else ""
        self.text_of[inside] = self.text_of.get(inside, "") + data
        if inside not in {"style", "script"}:
            self.words += " " + data

    def says(self, text):
        return text in " ".join(self.words.split())


@pytest.fixture
def illustration():
    return Illustration(
        title="The Starry Night",
        photo=draw_scene(60, 80),
        painting=draw_scene(80, 60),
        stylized=255 - draw_scene(60, 80),
        caption="fp32 at 256x256",
    )


@pytest.fixture
def run_folder(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    rows = [f"{n},{6 / n},{1 / n},{1 / n},{0.5 / n},0.001,{n}" for n in range(1, 121)]
    head = "step,total,content,style,tv,learning_rate,elapsed_s"
    (folder / "losses.csv").write_text("\n".join([head, *rows]))
    return folder


@pytest.fixture
def page(tmp_path):
    def write(results, **more):
        path = tmp_path / "report.html"
        write_report(path, results, **more)
        return Page(path.read_text(encoding="utf-8"))

    return write


@pytest.fixture
def full(page, results, measurement, model, manifest, illustration, run_folder):
    """A report of everything at once."""
    rows = tuple(
        measurement(
            recipe=recipe,
            size=(side, side),
            threads=threads,
            model_ms=side / 10,
            model_sha256=f"{recipe}{side}".encode().hex().ljust(64, "0"),
        )
        for recipe in ("fp32", "fp16", "int8-conv")
        for side in (256, 512)
        for threads in (1, 4)
    )
    made = results(measurements=rows)
    return made, page(
        made,
        pictures=[illustration],
        manifests=[manifest(model("tflite/fp32-256x256.tflite"), model("onnx/fp32.onnx"))],
        training=run_folder,
    )


def test_holds_everything_and_fetches_nothing(full):
    _, page = full
    for tag, attributes in page.attributes:
        for name in FETCHING & set(attributes):
            value = attributes[name]
            assert value.startswith(("data:image/jpeg;base64,", "#")), f"<{tag} {name}={value:.60}"
    assert not {"link", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    assert [a for tag, a in page.attributes if tag == "script"] == [{}]
    script = page.text_of["script"]
    assert not [word for word in ("fetch", "XMLHttp", "import", "innerHTML") if word in script]
    style = page.text_of["style"]
    assert "@import" not in style
    assert "url(" not in style
    assert "prefers-color-scheme: dark" in style
    everything = style + script + page.words + str(page.attributes)
    assert "http:" not in everything
    assert "https:" not in everything


def test_is_one_html_document(full):
    _, page = full
    for tag in ("html", "head", "body", "main", "h1", "title"):
        assert page.tags.count(tag) == 1, tag
    heads = dict(page.attributes)
    assert heads["html"] == {"lang": "en"}
    metas = [attributes for tag, attributes in page.attributes if tag == "meta"]
    assert {"charset": "utf-8"} in metas
    assert any(meta.get("name") == "viewport" for meta in metas)
    assert all(attributes.get("alt") for tag, attributes in page.attributes if tag == "img")
    ids = [attributes["id"] for _, attributes in page.attributes if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_every_measurement_has_its_row(full):
    results, page = full
    rows = [a["data-row"] for tag, a in page.attributes if tag == "tr" and "data-row" in a]
    assert rows == [f"{m.model_sha256[:12]}-{m.threads}" for m in results.measurements]
    for m in results.measurements:
        for series in (m.model, m.end_to_end):
            assert page.says(f"{ms(series.median_ms)} / {ms(series.p90_ms)}")
            for sample in series.samples_ms:
                assert page.says(f"{sample:.3f}")


def test_the_papers_table_stands_beside_ours(full):
    results, page = full
    for row in paper.TABLE_II:
        tests = " ".join(f"{test:.2f}" for test in row.tests_s)
        assert page.says(f"Style {row.style} {tests} {row.average_s}")
    ours = paper.beside_paper(results)
    (row,) = ours.rows
    tests = " ".join(seconds(test) for test in row.tests_s)
    assert page.says(f"The Starry Night {tests} {seconds(row.average_s)} {times(row.ratio)}{TIMES}")
    assert page.says(ours.setting)
    assert page.says(paper.CAVEAT)
    assert page.says(paper.MISPRINT)


def test_says_what_was_measured_on_what(full):
    _, page = full
    for text in (
        "Raspberry Pi 5 Model B Rev 1.0",
        "4 x Cortex-A76, aarch64, 4 usable cores",
        "asimd asimdhp asimddp",
        "ai-edge-litert 2.3.0",
        "48 °C before, 61 °C after",
        "policy performance",
        "coffee.jpg, 400x600",
        "5 timed runs of each model after 2 warm-ups, every model in a fresh process",
        "All run by LiteRT 2.3.0 with XNNPACK.",
    ):
        assert page.says(text), text


def test_gates_and_training_are_shown(full):
    _, page = full
    assert page.says("tflite/fp32-256x256.tflite 2 photographs 65 / 68 dB at least 60 dB")
    assert page.says("120 steps in 2 minutes")
    assert page.says("vgg19-lite")


def test_every_gate_is_shown(page, results, model, manifest):
    def gate(metric, threshold):
        return Gate(
            metric=metric,
            unit="1",
            threshold=threshold,
            worst=0.02,
            median=0.01,
            samples=(0.01, 0.02),
            on="2 photographs",
        )

    gates = (gate("ssim", 0.9), gate("content_change", 0.1), gate("style_change", 0.2))
    shown = page(results(), manifests=[manifest(model("onnx/fp32.onnx", gates=gates))])
    assert shown.says("SSIM Change of content Change of style")
    assert shown.says("0.02 / 0.01 at least 0.9 0.02 / 0.01 at most 0.1 0.02 / 0.01 at most 0.2")


def test_the_papers_network_on_this_machine(page, results, measurement):
    theirs = measurement(title="Whirl", network="paper", pack_sha256="f" * 64, model_ms=320.0)
    shown = page(results(measurements=(measurement(model_ms=20.0), theirs)))
    assert shown.says("Beside the paper's network on this machine")
    assert shown.says("The Starry Night, fp32, 256x256, 1 thread small 12 (11 to 12) 16 (15 to 16)")
    assert not page(results()).says("Beside the paper's network")


def test_what_others_publish(page, results):
    shown = page(results())
    assert shown.says("Raspberry Pi 5 LiteRT, CPU, 4 threads 256x256 fp16, 3.5 MB 287 20")
    assert shown.says("Published times at other sizes")
    assert not page(results(measurements=())).says("Beside other systems")


def test_what_accelerators_take(page, results, model, manifest):
    nnapi = Delegate(name="nnapi", basis="from a list", refused={"CONV_2D": 1})
    lint = Lint(operators={"ADD": 3, "CONV_2D": 2}, delegates=(nnapi,))
    linted = manifest(model("tflite/fp32-16x16.tflite", lint=lint))
    shown = page(results(), manifests=[linted])
    assert shown.says("What the accelerators take")
    assert shown.says("tflite/fp32-16x16.tflite 5 4 of 5: not 1 CONV_2D")
    untold = page(results(), manifests=[manifest(model("tflite/fp32-16x16.tflite"))])
    assert not untold.says("What the accelerators take")


def test_pictures_are_embedded(full, illustration):
    _, page = full
    uris = [a["src"] for tag, a in page.attributes if tag == "img"]
    shown = [Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1]))) for uri in uris]
    assert [image.size for image in shown] == [(80, 60), (60, 80), (80, 60)]
    difference = np.asarray(shown[0]).astype(int) - illustration.photo
    assert np.abs(difference).mean() < 8


def test_a_page_full_of_detail_can_still_be_sent_by_mail(tmp_path, results):
    rng = np.random.default_rng(0)
    photo, *drawn = rng.integers(0, 256, (25, 480, 640, 3), dtype=np.uint8)
    many = [Illustration(title=f"Style {i}", photo=photo, stylized=s) for i, s in enumerate(drawn)]
    path = tmp_path / "report.html"
    write_report(path, results(), pictures=many)
    assert PAGE_BYTES < path.stat().st_size < 10e6


def test_without_pictures_there_is_no_script(page, results):
    shown = page(results())
    assert not {"script", "dialog", "img"} & set(shown.tags)


def test_several_styles_share_their_photograph(page, results, measurement, illustration):
    photo = illustration.photo
    many = [Illustration(title=f"Style {i}", photo=photo, stylized=255 - photo) for i in range(3)]
    rows = tuple(measurement(title=f"Style {i}", pack_sha256=f"{i:064}") for i in range(3))
    made = page(results(measurements=rows), pictures=many)
    assert made.tags.count("img") == 4
    assert made.says("3 styles")
    assert made.says("on average over 3 styles")
    assert made.says("To row")
    plots = [a.get("aria-label", "") for tag, a in made.attributes if tag == "svg"]
    assert plots[2:] == [
        label
        for i in range(3)
        for label in (
            f"Every sample taken of Style {i}",
            f"Every run of Style {i} in the order of running",
        )
    ]
    choices = [a for tag, a in made.attributes if tag == "option"]
    assert {a["data-before"] for a in choices} == {"picture-0"}
    assert [a["data-after"] for a in choices] == ["picture-1", "picture-2", "picture-3"]
    assert made.says("fp32, 256x256: 57 MB")  # one bar for all three, which are alike


def test_operators_growth_and_the_machines_best(page, results, growth, profile, ceiling):
    first, *others = growth()
    rows = (dataclasses.replace(first, profile=profile()), *others)
    shown = page(results(measurements=rows, ceilings=(ceiling(1), ceiling(2))))
    for heading in (
        "Where the time goes",
        "Operators of The Starry Night, fp32, 128x128, 1 thread",
        "How it grows, and how near the machine\N{RIGHT SINGLE QUOTATION MARK}s best",
        "Latency by size and threads",
        "Roofline",
        "Estimates for other processors",
        "Peak over a bare Python",
    ):
        assert heading in shown.words, heading
    assert "ESTIMATES, not measurements" in shown.words
    assert "1. Convolution (NHWC, F32) IGEMM" in shown.words
    plain = page(results())
    assert "Where the time goes" not in plain.words
    assert "Roofline" not in plain.words


def test_a_wrong_picture_is_shown_as_a_failure(page, results, measurement, check, failure):
    bad = check(verdict=Verdict.WRONG, psnr_db=12.3, reason="Its picture is 12.3 dB from x.")
    made = page(
        results(
            measurements=(measurement(), measurement(recipe="int8", model_ms=1.0, check=bad)),
            failures=(failure(),),
        )
    )
    assert made.says("Failed")
    assert made.says("int8, 256x256, 1 thread: a wrong picture. Its picture is 12.3 dB from x.")
    assert made.says("SIGKILL")
    assert not made.says("the fastest:")  # the wrong one is the quickest, and does not count
    classes = [a.get("class") for tag, a in made.attributes if tag == "tr"]
    assert "is-wrong" in classes


def test_paintings_stand_in_the_corners_of_a_grid(page, results, illustration):
    """Three pictures would stand in a row, in which nothing has a corner's place."""
    other = dataclasses.replace(illustration, title="B", painting=illustration.painting[::-1])
    two = [illustration, other]
    shown = page(results(), pictures=two)
    classes = [a.get("class") for tag, a in shown.attributes if tag in {"div", "img"}]
    assert classes.count("inset") == 2
    assert "gallery" in classes
    assert "trio" not in classes
    one = page(results(), pictures=[illustration])
    assert "trio" in [a.get("class") for tag, a in one.attributes if tag == "div"]


def test_a_failure_says_which_accelerator_failed(page, results, failure):
    shown = page(results(failures=(failure(asked="gpu"),)))
    assert shown.says(
        "The Starry Night, int8-conv, 512x512, 1 thread, gpu asked for: not measured."
    )


def test_warnings_are_shown_once(page, results, measurement, failure):
    wild = Series(warmups_ms=(), samples_ms=(10.0, 20.0))
    made = results(measurements=(measurement(model=wild),), failures=(failure(),), interrupted=True)
    shown = page(made)
    assert shown.says("Read these figures with care")
    assert shown.words.count("interrupted") == 1
    assert shown.words.count("are unsteady") == 1
    assert shown.words.count("SIGKILL") == 1
    assert not page(results()).says("Read these figures with care")


def test_only_wrong_pictures(page, results, measurement, check):
    made = page(results(measurements=(measurement(check=check(verdict=Verdict.WRONG)),)))
    assert made.says("No model drew a right picture")
    assert not made.says("Beside the paper")


def test_nothing_measured(page, results, failure):
    assert page(results(measurements=())).says("Nothing was measured")
    assert page(results(measurements=(), failures=(failure(),))).says("not measured")


def test_texts_cannot_inject_anything(page, results, measurement, illustration, manifest, model):
    evil = '"><script>alert(1)</script><img src=http://x>'
    made = page(
        results(measurements=(measurement(title=evil),)),
        pictures=[Illustration(title=evil, photo=illustration.photo, stylized=illustration.photo)],
        manifests=[manifest(model("tflite/fp32-16x16.tflite"), title=evil, artist=evil)],
    )
    assert made.tags.count("script") == 1  # the page's own
    assert made.says("alert(1)")
    assert not [a for tag, a in made.attributes if a.get("src", "").startswith("http")]


def test_more_tests_than_the_papers_five(page, results, measurement):
    long = Series(warmups_ms=(), samples_ms=(50.0,) * 12)
    made = results(measurements=(measurement(end_to_end=long),))
    made = dataclasses.replace(made, settings=dataclasses.replace(made.settings, runs=12))
    shown = page(made)
    assert shown.says("Averages here are over all 12 tests, of which the first 5 are listed.")
    assert shown.says("0.050 0.050 0.050 0.050 0.050 0.050 50" + TIMES)
    fewer = page(results(measurements=(measurement(end_to_end=Series(
        warmups_ms=(), samples_ms=(50.0, 50.0))),)))  # fmt: skip
    assert fewer.says("0.050 0.050 0.050 50" + TIMES)


def test_what_a_device_told_stands_in_a_table_of_its_own(tmp_path, results, reported):
    write_report(tmp_path / "r.html", results(measurements=(), reported=(reported(),)))
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "<h1>The Starry Night</h1>" in text
    assert "Times that the app 0.1.0 told of Raspberry Pi 5" in text
    assert "LiteRT for Android 1.4.1 with the GPU" in text
    assert "no time to report" not in text


def test_what_a_device_told_is_drawn_and_listed_as_what_was_measured(page, results, reported):
    told = (reported(), reported(title="Whirl", pack_sha256="d" * 64, scope=Scope.MODEL))
    shown = page(results(measurements=(), reported=told))
    drawn = [a["aria-label"] for tag, a in shown.attributes if tag == "svg"]
    assert drawn == [
        "Picture latency by picture size",
        "Model latency by picture size",
        *(
            label
            for title in ("The Starry Night", "Whirl")
            for label in (
                f"Every sample taken of {title}",
                f"Every run of {title} in the order of running",
            )
        ),
    ]
    assert shown.says("no file decoded, as told by the app 0.1.0")
    assert shown.says("Every series")
    name = "The Starry Night, fp32, 512x512, 4 threads, told by the app 0.1.0"
    samples = ", ".join(f"{t:.3f}" for t in told[0].times.samples_ms)
    assert shown.says(f"{name} tflite/fp32-512x512.tflite picture: {samples}")


def test_what_was_told_beside_what_was_measured(page, results, measurement, reported):
    told = (reported(scope=Scope.MODEL),)
    shown = page(results(reported=told))
    assert shown.says("Median of the model alone, some told by the app 0.1.0")
    assert shown.says("Median from file to picture.")  # which nobody else told


def test_energy_has_a_column_where_it_is_known_and_is_lacking_once(page, results, measurement):
    rows = (measurement(energy_j=1.4), measurement(threads=4))
    shown = page(results(measurements=rows))
    assert shown.says("Energy, mJ")
    assert shown.says("57.0 MB 200 294 kB")
    assert shown.says("57.0 MB not told 294 kB")
    without = page(results())
    assert not without.says("Energy, mJ")
    assert without.words.count("not available") == 1


def test_two_builds_of_one_style_in_turns(page, results, measurement):
    """Which differ in nothing that is shown but their hashes."""
    rows = (measurement(), measurement(pack_sha256="d" * 64))
    made = results(measurements=rows)
    settings = dataclasses.replace(made.settings, interleaved=True)
    shown = page(dataclasses.replace(made, settings=settings))
    assert shown.says("Two packs in turns")
    assert shown.says("The Starry Night, fp32 256x256, 1 thread, model")
    drawn = [a["aria-label"] for tag, a in shown.attributes if tag == "svg"]
    assert len(drawn) == len(set(drawn))  # which their names on the page are made of
    assert not page(made).says("Two packs in turns")


def test_a_run_without_losses_and_a_place_that_cannot_be_written(tmp_path, results):
    with pytest.raises(RunError, match=r"losses\.csv"):
        write_report(tmp_path / "r.html", results(), training=tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError):
        write_report(tmp_path / "file" / "r.html", results())
    assert not (tmp_path / "r.html").exists()


@pytest.mark.parametrize("package", ["jinja2", "matplotlib"])
def test_a_missing_package_is_named_with_its_extra(package):
    code = (
        f"import sys; sys.modules[{package!r}] = None\n"
        "from edge_app.core.errors import MissingExtraError\n"
        "try:\n    import benchmarks.report\n"
        "except MissingExtraError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert package in done.stdout, done.stderr
    assert "pip install 'edgestyle[bench]'" in done.stdout


def test_measuring_needs_neither_torch_nor_the_reports_packages():
    blocked = ("torch", "matplotlib", "jinja2", "onnx", "training", "export")
    code = f"import sys; sys.modules.update(dict.fromkeys({blocked!r}))\n"
    for name in ("latency", "worker", "child", "results", "paper", "losses", "environment"):
        code += f"import benchmarks.{name}\n"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
