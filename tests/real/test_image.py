"""The image of the computer in the page: pinned parts, the same bytes, and words where it fails."""

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from hvlib.real import image
from hvlib.real.image import ImageError, build

UNTESTED = "the computer in the page is not built here (make machine), so its bytes went unchecked"


def sources(text: str) -> list[str]:
    """The packages that a notice names without their source."""
    return [one["name"] for one in build.packages() if f"source {one['source']}" not in text]


@pytest.mark.skipif(not image.made(), reason=UNTESTED)
def test_the_image_has_the_pinned_bytes_and_names_its_sources() -> None:
    data = (image.folder() / image.STATE).read_bytes()
    assert hashlib.sha256(data).hexdigest() == build.pinned(), (
        "this image has other bytes than hvlib/real/image/state.sha256 says. After a change that "
        "you meant: python -m hvlib.real.image, and write the hash there"
    )
    assert sources((image.folder() / image.NOTICE).read_text("utf-8")) == []


def test_the_first_file_system_is_a_cpio_archive_and_always_the_same() -> None:
    made = build.initrd(b"busybox")
    assert made == build.initrd(b"busybox")
    names = [part.split(b"\0")[0][104:].decode() for part in made.split(b"070701")[1:]]
    assert names[-4:] == ["bin/busybox", "bin/counter", "init", "TRAILER!!!"]
    assert len(made) % 4 == 0


def test_another_input_is_another_image(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = image.folder()
    shutil.copytree(image.HERE, tmp_path / "image")
    (tmp_path / "image" / "init").write_text("#!/bin/sh\n")
    monkeypatch.setattr(image, "HERE", tmp_path / "image")
    image.key.cache_clear()
    try:
        assert image.folder() != before
    finally:
        image.key.cache_clear()


def test_a_package_with_other_bytes_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = {"path": "pool/x.deb", "sha256": "0" * 64}
    (tmp_path / "pool").mkdir()
    (tmp_path / "pool" / "x.deb").write_bytes(b"!<arch>\n")
    monkeypatch.setenv("HVLIB_DEBIAN", tmp_path.as_uri())
    with pytest.raises(ImageError, match="not the pinned package"):
        build.fetch(package)
    with pytest.raises(ImageError, match="HVLIB_DEBIAN may name another mirror"):
        build.fetch({**package, "path": "pool/y.deb"})


def test_of_what_apt_knows_debians_own_archive_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HVLIB_DEBIAN", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: name)
    known = "http://x/debian-security/\nhttp://y/tools/apt\nhttp://z/debian/\n"
    answer = subprocess.CompletedProcess([], 0, stdout=known)
    monkeypatch.setattr(subprocess, "run", lambda *_words, **_keys: answer)
    assert build.mirror() == "http://z/debian"


def test_without_a_mirror_the_reader_learns_how_to_name_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("HVLIB_DEBIAN", raising=False)
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    with pytest.raises(ImageError, match="HVLIB_DEBIAN="):
        build.mirror()
