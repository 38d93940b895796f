"""The probe answers every question by trying, in words, within its time, on any system."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from hvlib.real import probe, trials


@pytest.mark.usefixtures("asked_anew")
def test_all_questions_are_answered_in_words_within_their_time() -> None:
    start = time.perf_counter()
    answers = probe.ask_all()
    # The bar of 1 s is held by tests/bench; here other tests may run beside this one.
    assert time.perf_counter() - start < 5
    assert tuple(answer.name for answer in answers) == probe.QUESTIONS
    for answer in answers:
        assert answer.why.endswith("."), answer
        assert answer.yes or answer.remedy, f"{answer.name}: a no must say what the reader can do"
    assert all(probe.ask(a.name) is a for a in answers), "answers are kept for the process"


@pytest.mark.skipif(os.environ.get("CI") != "true", reason="not on the machine that tests for all")
def test_where_everything_is_tested_containers_and_guests_can_be() -> None:
    """Else the tests of them would be skipped there, and nobody would hear."""
    for name in ("unicorn", "container", "qemu"):
        assert probe.ask(name).yes, probe.ask(name).why


def test_a_question_nobody_asks() -> None:
    with pytest.raises(KeyError, match="teleport"):
        probe.ask("teleport")


@pytest.mark.usefixtures("asked_anew")
@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_get_words_not_errors(platform: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    # Python's own search asks Windows itself, and nobody is there to answer.
    monkeypatch.setattr("shutil.which", lambda *_name: None)
    answer = probe.ask("kvm")
    assert (answer.yes, answer.why) == (False, "KVM runs no guest: this is not Linux.")
    assert "unicorn" in answer.remedy
    for name in ("namespaces", "overlay", "network", "memory_limit", "container", "qemu"):
        answer = probe.ask(name)
        assert not answer.yes
        assert "needs Linux" in answer.remedy, f"{name} advises what can't help: {answer.remedy}"


def test_import_works_without_what_only_linux_has() -> None:
    code = (
        "import sys, signal\n"
        "for name in ('fcntl', 'resource', 'pwd', 'grp'): sys.modules[name] = None\n"
        "for name in ('SIGRTMIN', 'pthread_kill', 'SIGUSR1'): delattr(signal, name)\n"
        "from hvlib.real import probe, kvm, translated, engine, guests, interpreter, experiments\n"
        "sys.platform = 'win32'\n"
        "print(probe.ask('kvm').why, probe.ask('unicorn').yes)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert done.stdout.startswith("KVM runs no guest: this is not Linux."), done.stderr


@pytest.mark.usefixtures("asked_anew")
@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "AppArmor"),
        ("user/max_user_namespaces", "0", "user.max_user_namespaces=10000"),
        ("kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
    ],
)
def test_a_closed_door_is_named_with_its_key(
    setting: str, value: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / setting).parent.mkdir(parents=True)
    (tmp_path / setting).write_text(value + "\n")
    monkeypatch.setattr(probe, "SETTINGS", tmp_path)
    monkeypatch.setattr(probe, "_trials", lambda: {"user_namespaces": (False, "unshare: EPERM")})
    answer = probe.ask("user_namespaces")
    assert not answer.yes
    assert words in answer.remedy


@pytest.mark.usefixtures("asked_anew")
def test_a_trial_that_failed_is_a_no_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_trials", lambda: dict.fromkeys(probe.QUESTIONS, (False, "why.")))
    for name in ("kvm", "namespaces", "overlay", "network", "memory_limit"):
        answer = probe.ask(name)
        assert not answer.yes
        assert answer.why.endswith("why.")
        assert answer.remedy


@pytest.mark.skipif(sys.platform != "linux", reason="trials fork, and try Linux's features")
def test_a_hanging_or_killed_trial_is_a_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trials, "TIME_LIMIT", 0.2)

    def hangs() -> str:
        time.sleep(60)
        return "never"

    def dies() -> str:
        import os

        os.kill(os.getpid(), 9)
        return "never"

    monkeypatch.setattr(trials, "TRIALS", (hangs, dies))
    assert trials.try_all() == {
        "hangs": (False, "it took longer than 0.2 s"),
        "dies": (False, "the trial was killed"),
    }


@pytest.mark.usefixtures("asked_anew")
@pytest.mark.parametrize("program", ["#!/bin/sh\nexit 3", "#!/no/such/thing", "\x7fELF nothing"])
def test_a_qemu_that_does_not_start_is_none(
    program: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from hvlib.real import linux

    qemu = tmp_path / "qemu-system-x86_64"
    qemu.write_text(program)
    qemu.chmod(0o755)
    monkeypatch.setattr(linux, "missing", lambda: "")
    monkeypatch.setattr(linux, "find_qemu", lambda: qemu)
    monkeypatch.setattr(linux, "find_kernel", lambda: qemu)
    monkeypatch.setattr(probe, "_bootable", lambda _kernel: True)
    answer = probe.ask("qemu")
    assert not answer.yes
    assert answer.why.startswith("QEMU does not start: ")
    assert answer.remedy
