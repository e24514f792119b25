#!/usr/bin/env bash
# Runs the device side's tests in a real arm64 Debian userland, as 64-bit Raspberry Pi OS has it,
# emulated by qemu: the same binaries that a Pi installs, at a twentieth of its speed.
#
#   sudo tests/pi/run.sh [PACK ...]
#
# PACK: style packs whose pictures are compared with this machine's; those that ship if none is given.
# Needs root (chroot, mounts), a Debian or Ubuntu of another architecture, and 3 GB of disk.
# From the environment:
#   PI_FOLDER   where the userland is built and kept for the next run (build/pi)
#   PI_RELEASE  Debian's name of it: bookworm (Python 3.11) or trixie (3.13)
#   PI_MIRROR   a Debian mirror; debootstrap's own if not given
#   PI_CPU      qemu's name of the processor (cortex-a76)
#   PI_TESTS    what pytest is given instead of tests/pi and the device side's core
set -euo pipefail
cd "$(dirname "$0")/../.."

folder=$(realpath -m "${PI_FOLDER:-build/pi}")
release=${PI_RELEASE:-bookworm}
python=${PYTHON:-.venv/bin/python}
root=$folder/$release
bookworm_python=3.11 trixie_python=3.13
version_name=${release}_python
version=${!version_name:?"unknown release $release: bookworm or trixie"}

missing=()
for program in debootstrap qemu-aarch64-static update-binfmts unshare; do
    command -v "$program" >/dev/null || missing+=("$program")
done
if [ "${#missing[@]}" -gt 0 ]; then
    echo "missing: ${missing[*]}; apt-get install debootstrap qemu-user-static binfmt-support" >&2
    exit 1
fi
[ "$(id -u)" = 0 ] || { echo "needs root: sudo $0" >&2; exit 1; }
[ -x "$python" ] || { echo "no $python; make test sets it up" >&2; exit 1; }

update-binfmts --enable qemu-aarch64

if [ ! -e "$root/built" ]; then
    echo "== building an arm64 $release userland (about ten minutes)"
    rm -rf "$root"
    mkdir -p "$root"
    # Python, and what Kivy opens a window with: no display is there, so Xvfb and Mesa's software GL.
    debootstrap --arch=arm64 --variant=minbase \
        --include=python3,xvfb,xauth,libgl1-mesa-dri,libgl1,libegl1,libgles2,libmtdev1 \
        "$release" "$root" ${PI_MIRROR:+"$PI_MIRROR"}
    touch "$root/built"
fi

echo "== installing the wheels that a Pi would"
# By this machine's pip, for the other's processor: emulated it would take many times as long.
rm -rf "$root/opt/edgestyle" "$root/opt/wheel"
mkdir -p "$root/opt/edgestyle"
git ls-files -z --cached --others --exclude-standard \
    | xargs -0 sh -c 'for f; do [ ! -f "$f" ] || printf "%s\0" "$f"; done' sh \
    | tar --null --files-from=- --create | tar --extract --directory "$root/opt/edgestyle"
rm -rf "$root/opt/site"
mkdir -p "$root/opt/site" "$root/opt/wheel"
grep -E '^(ai-edge-litert|numpy|pillow|rich|tyro|hypothesis|pytest|pytest-timeout|Kivy)==' \
    constraints.txt > "$root/opt/asked.txt"
"$python" -m pip wheel --quiet --no-deps --wheel-dir "$root/opt/wheel" "$root/opt/edgestyle"
"$python" -m pip install --quiet --no-compile --target "$root/opt/site" --only-binary=:all: \
    --python-version "$version" --implementation cp \
    --platform manylinux_2_17_aarch64 --platform manylinux2014_aarch64 \
    --platform manylinux_2_27_aarch64 --platform manylinux_2_28_aarch64 \
    --platform manylinux_2_34_aarch64 --platform manylinux_2_36_aarch64 \
    --requirement "$root/opt/asked.txt" "$root"/opt/wheel/*.whl

echo "== drawing this machine's pictures"
rm -rf "$root/opt/reference"
"$python" tests/pi/reference.py "$root/opt/reference" "$@"

echo "== running the tests on arm64"
cp tests/pi/inside.sh "$root/opt/inside.sh"
# In a mount namespace of its own, so that nothing stays mounted however this ends.
# A Pi 5's processor (cortex-a72: a Pi 4's). By default qemu emulates everything ARM ever had, and
# with that the int8 models draw a wrong picture: see docs/raspberry-pi.md.
PI_CPU="${PI_CPU:-cortex-a76}" PI_TESTS="${PI_TESTS:-}" unshare --mount --propagation private bash -euc '
    root=$1
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sys "$root/sys"
    mount --bind /dev "$root/dev"
    mount -t tmpfs tmp "$root/tmp"
    # qemu shows the host'"'"'s processor; LiteRT cannot read it and drops XNNPACK without a word.
    mount --bind tests/pi/cpuinfo "$root/proc/cpuinfo"
    exec chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
        QEMU_CPU="$PI_CPU" PI_TESTS="$PI_TESTS" bash /opt/inside.sh
' bash "$root"
