"""What a report says of the machine and the method, in words: for HTML and Markdown alike."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.environment import Condition
from benchmarks.figures import byte_size, date_text
from benchmarks.lines import lines
from benchmarks.reported import Scope
from benchmarks.results import Results, Sitting

Fact = tuple[str, str]
"""A name, and a few words or a sentence."""

UNTOLD = "not told"


def heading(results: Results) -> str:
    """The report's title: the style's, or how many there are."""
    titles = [m.title for m in results.measurements] + [r.title for r in results.reported]
    titles = list(dict.fromkeys(titles + [f.title for f in results.failures]))
    if not titles:
        return "Nothing was measured"
    return titles[0] if len(titles) == 1 else f"{len(titles)} styles"


def machine_facts(results: Results) -> tuple[Fact, ...]:
    """What was measured on, and its state before and after."""
    return (*_machine(results), *_states(results))


def method_facts(results: Results) -> tuple[Fact, ...]:
    """What was measured with, how, and what each figure means."""
    return (*_method(results), *_meanings(results))


def _method(results: Results) -> Iterator[Fact]:
    settings = results.settings
    height, width = settings.photo_size
    warmups = f"{settings.warmups} warm-up{'' if settings.warmups == 1 else 's'}"
    runs = f"{settings.runs} timed run{'' if settings.runs == 1 else 's'}"
    fresh = (
        "a fresh process"
        if settings.processes == 1
        else f"each of {settings.processes} fresh processes"
    )
    where = f"every model in {fresh}" if settings.isolated else "all in one process"
    yield "Packs", _packs(results)
    # LiteRT's program is fed with random numbers, of no size.
    size = f", {height}x{width}" if height else ""
    yield "Photograph", f"{settings.photo}{size}"
    yield "Tests", f"{runs} of each model after {warmups}, {where}"


def _meanings(results: Results) -> Iterator[Fact]:
    """Of the figures that the results hold; energy always, since it is so often lacking."""
    scopes = {line.scope for line in lines(results)}
    if Scope.END_TO_END in scopes:
        yield (
            "End to end",
            "from the photograph's file to the stylized picture: decode, resize, model, crop",
        )
    if Scope.PICTURE in scopes:
        yield "Picture", "from pixels to stylized pixels: resize, model, crop; no file is decoded"
    if Scope.MODEL in scopes:
        yield "Model", "the network alone, picture in and picture out"
    if results.measurements:
        bare = next(
            (f" ({byte_size(m.memory.bare)})" for m in results.measurements if m.memory), ""
        )
        yield (
            "Load",
            "opening the model when the library is there already: what changing the style costs; "
            '"cold" with the library\'s import',
        )
        yield "First run", "the model's very first, which users wait for once"
        yield (
            "Peak memory",
            "most resident memory of the process, less that of a Python that does nothing" + bare,
        )
        yield (
            "PSNR",
            "how close the picture is to that of the pack's fp32 model; a picture below its "
            "threshold is wrong, however fast",
        )
    yield "Energy", _energy(results)


def _packs(results: Results) -> str:
    """'starry_night (sha256 1a2b3c4d5e6f)'."""
    packs = {line.pack_sha256: line.pack for line in lines(results)}
    told = ", ".join(f"{name} (sha256 {digest[:12]})" for digest, name in packs.items())
    return told or "none"


def _energy(results: Results) -> str:
    spans = []
    if any(m.energy_mj is not None for m in results.measurements):
        spans.append("what the whole processor spent, its idle share included")
    if any(r.energy_mj is not None for r in results.reported):
        spans.append("what went out of the phone's battery, its screen's share included")
    if not spans:
        return "not available"
    return f"of one run of the model, warm-ups counted: {'; '.join(spans)}"


def _machine(results: Results) -> Iterator[Fact]:
    machine = results.environment
    if machine.device:
        yield "Device", machine.device
    cores = f"{machine.cores} usable core{'' if machine.cores == 1 else 's'}"
    guest = ", in a virtual machine" if machine.virtual else ""
    yield "Processor", f"{machine.cpu}, {machine.architecture}, {cores}{guest}"
    if machine.cpu_flags:
        yield "Features", " ".join(machine.cpu_flags)
    if machine.memory_bytes is not None:
        yield "Memory", byte_size(machine.memory_bytes)
    yield "System", f"{machine.system}, {machine.kernel}"
    yield "Python", machine.python
    libraries = ", ".join(f"{name} {version}" for name, version in machine.libraries.items())
    yield "Libraries", libraries or UNTOLD


def _states(results: Results) -> Iterator[Fact]:
    for sitting in results.sittings:
        when = f" from {date_text(sitting.created)} on" if results.further else ""
        for name, text in _state(sitting):
            yield name + when, text


def _state(sitting: Sitting) -> Iterator[Fact]:
    before, after = sitting.before, sitting.after
    load = _both(_load(before), _load(after), "{:.2f}")
    yield "Load", f"{load} (average of one minute)" if load != UNTOLD else load
    clock = _both(before.clock_mhz, after.clock_mhz, "{:.0f} MHz")
    yield "Clock", f"{clock}; policy {before.governor or UNTOLD}"
    heat = _both(before.temperature_c, after.temperature_c, "{:.0f} °C")
    if after.throttled is not None:
        heat += f"; throttled {after.throttled}"
    if after.thermal_status is not None:
        heat += f"; thermal status {after.thermal_status}"
    yield "Temperature", heat
    if before.battery is not None and after.battery is not None:
        level = _both(before.battery.level_percent, after.battery.level_percent, "{} %")
        yield "Battery", level + (", on a charger" if after.battery.plugged else "")


def _load(state: Condition) -> float | None:
    return None if state.load_average is None else state.load_average[0]


def _both(before: float | None, after: float | None, form: str) -> str:
    """'48 °C before, 61 °C after'; of what one of them does not tell, what the other does."""
    told = [
        f"{form.format(value)} {when}"
        for value, when in ((before, "before"), (after, "after"))
        if value is not None
    ]
    return ", ".join(told) or UNTOLD
