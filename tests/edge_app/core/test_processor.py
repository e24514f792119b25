from __future__ import annotations

from pathlib import Path

import pytest

from edge_app.core.processor import processor

X86 = "processor\t: 0\nmodel name\t: A CPU\nflags\t\t: fpu avx2 {}\nbugs\t\t: none\n"
ARM = "processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd {}\nCPU part\t: 0xd0b\n"


@pytest.mark.parametrize(
    ("cpuinfo", "dot_products", "matrix_products"),
    [
        (X86.format(""), "", False),
        (X86.format("avx512_vnni"), "avx512_vnni", False),
        (X86.format("avx_vnni"), "avx_vnni", False),
        (ARM.format(""), "", False),
        (ARM.format("asimddp"), "asimddp", False),
        (ARM.format("asimddp i8mm"), "asimddp", True),
    ],
)
def test_what_the_kernel_tells(tmp_path: Path, cpuinfo, dot_products, matrix_products):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc" / "cpuinfo").write_text(cpuinfo)
    found = processor(tmp_path)
    assert found.flags
    assert (found.dot_products, found.matrix_products) == (dot_products, matrix_products)


@pytest.mark.parametrize("cpuinfo", [None, "", "processor: 0\n"])
def test_a_system_that_does_not_tell(tmp_path: Path, cpuinfo):
    if cpuinfo is not None:
        (tmp_path / "proc").mkdir()
        (tmp_path / "proc" / "cpuinfo").write_text(cpuinfo)
    found = processor(tmp_path)
    assert (found.flags, found.dot_products, found.matrix_products) == (None, "", False)
