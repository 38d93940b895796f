"""The root file system: a folder for containers, a cpio archive for a kernel."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hvlib.real import rootfs

BUSYBOX = rootfs.find_busybox()
needs_busybox = pytest.mark.skipif(BUSYBOX is None, reason="no static busybox here")


@pytest.mark.skipif(sys.platform != "linux", reason="ELF programs are Linux's")
def test_a_program_with_shared_libraries_is_not_static() -> None:
    assert not rootfs.is_static(Path(os.path.realpath("/bin/sh")))


def test_other_files_are_not_static_programs(tmp_path: Path) -> None:
    (tmp_path / "script").write_text("#!/bin/sh\n")
    assert not rootfs.is_static(tmp_path / "script")


def test_without_busybox_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rootfs, "find_busybox", lambda: None)
    with pytest.raises(FileNotFoundError, match="make guest"):
        rootfs.image()


@needs_busybox
def test_the_image_is_built_once_and_whole(tmp_path: Path) -> None:
    first = rootfs.image(tmp_path)
    assert {entry.name for entry in first.iterdir()} == set(rootfs.FOLDERS)
    assert os.readlink(first / "bin/sh") == "busybox"
    assert rootfs.image(tmp_path) == first
    assert [entry.name for entry in tmp_path.iterdir()] == [first.name]


@needs_busybox
def test_a_failed_build_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_space(*_arguments: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(shutil, "copy", no_space)
    with pytest.raises(OSError, match="no space"):
        rootfs.image(tmp_path)
    assert list(tmp_path.iterdir()) == []


@needs_busybox
@pytest.mark.skipif(not shutil.which("cpio"), reason="no cpio to compare with")
def test_cpio_reads_the_archive(tmp_path: Path) -> None:
    assert BUSYBOX is not None
    archive = rootfs.initramfs("#!/bin/sh\n", BUSYBOX, {"command": "echo ä\n"})
    subprocess.run(
        ["cpio", "-i", "--quiet", "--nonmatching", "dev/console"],
        input=archive,
        cwd=tmp_path,
        check=True,
    )
    assert (tmp_path / "command").read_text() == "echo ä\n"
    assert os.access(tmp_path / "init", os.X_OK)
    assert (tmp_path / "bin/busybox").read_bytes() == BUSYBOX.read_bytes()
    assert os.readlink(tmp_path / "bin/sh") == "busybox"


@needs_busybox
def test_all_parts_of_the_archive_lie_at_multiples_of_four() -> None:
    assert BUSYBOX is not None
    archive = rootfs.initramfs("#!/bin/sh\nexit\n", BUSYBOX)
    position, names = 0, []
    while position < len(archive):
        fields = [int(archive[position + 6 + 8 * n : position + 14 + 8 * n], 16) for n in range(13)]
        size, length = fields[6], fields[11]
        names.append(archive[position + 110 : position + 109 + length].decode())
        position += (110 + length + 3) // 4 * 4
        position += (size + 3) // 4 * 4
        assert position % 4 == 0
    assert names[-1] == "TRAILER!!!"
    assert {"init", "bin/busybox", "bin/sh", "dev/console"} <= set(names)
