"""Whether two results are of one machine, and what else about it changed between them."""

from __future__ import annotations

from benchmarks.environment import Environment

MACHINE = ("device", "cpu", "architecture", "cores", "cpu_flags", "virtual")
"""What makes it another machine; of memory see SAME_MEMORY."""

SAME_MEMORY = 0.05
"""What a kernel keeps for itself, and so the memory that is told, differs by this share."""

SOFTWARE = ("system", "kernel", "python")


def machine_changes(first: Environment, second: Environment) -> tuple[str, ...]:
    """What shows that they are different machines: "cpu: A, then B"; empty for one machine."""
    found = _changes(first, second, MACHINE)
    a, b = first.memory_bytes, second.memory_bytes
    if (a is None) != (b is None) or abs((a or 0) - (b or 0)) > SAME_MEMORY * (a or 0):
        found.append(f"memory: {_gigabytes(a)}, then {_gigabytes(b)}")
    return tuple(found)


def software_changes(first: Environment, second: Environment) -> tuple[str, ...]:
    """What of the software that figures depend on changed: "numpy: 2.4.5, then 2.4.6"."""
    found = _changes(first, second, SOFTWARE)
    for name in sorted(first.libraries.keys() | second.libraries.keys()):
        a, b = (each.libraries.get(name, "not installed") for each in (first, second))
        if a != b:
            found.append(f"{name}: {a}, then {b}")
    return tuple(found)


def identity(environment: Environment) -> tuple[object, ...]:
    """What two results agree in if nothing shows that they are of different machines or software.

    Memory is left out: what a kernel tells of it differs from start to start.
    """
    facts = tuple(getattr(environment, name) for name in (*MACHINE, *SOFTWARE))
    return (*facts, tuple(sorted(environment.libraries.items())))


def _changes(first: Environment, second: Environment, names: tuple[str, ...]) -> list[str]:
    return [
        f"{name}: {_shown(a)}, then {_shown(b)}"
        for name in names
        if (a := getattr(first, name)) != (b := getattr(second, name))
    ]


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, value)) or "none"
    return str(value)


def _gigabytes(count: int | None) -> str:
    return "untold" if count is None else f"{count / 1e9:.1f} GB"
