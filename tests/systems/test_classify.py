"""The four questions: every answer gets an argued verdict, and it agrees with the systems."""

from itertools import product

import pytest

from hvlib.systems.classify import QUESTIONS, Verdict, classify
from hvlib.systems.parts import Answers
from hvlib.systems.system import load, names

EVERY_ANSWER = [
    Answers(**dict(zip(QUESTIONS, bits, strict=True))) for bits in product([False, True], repeat=4)
]
ASKED = [name for name in names() if load(name).classification.answers]


def verdict_on(name: str) -> Verdict:
    answers = load(name).classification.answers
    assert answers is not None, f"{name} has no answers"
    return classify(answers)


def test_there_is_a_question_for_each_answer() -> None:
    assert list(QUESTIONS) == list(Answers.model_fields)
    assert all(question.endswith("?") for question in QUESTIONS.values())


@pytest.mark.parametrize("answers", EVERY_ANSWER, ids=str)
def test_every_combination_gets_a_verdict_with_its_reason(answers: Answers) -> None:
    verdict = classify(answers)
    assert verdict.because.endswith(".")
    assert verdict.because in verdict.describe()
    assert verdict.against in verdict.describe()
    if verdict.type == "1 or 2":
        assert verdict.against, "an undecided verdict needs both sides"
        assert "Type 2" in verdict.because
        assert "Type 1" in verdict.against


@pytest.mark.parametrize("name", ASKED)
def test_the_verdict_agrees_with_what_the_system_is_classed_as(name: str) -> None:
    kind, verdict = load(name).classification, verdict_on(name)
    assert verdict.type != "contradiction", f"{name}: its answers exclude each other"
    if kind.type in ("1", "2", "1 or 2"):
        assert verdict.type == kind.type, f"{name} is classed as {kind.type}"
    else:  # a container in a VM: the verdict is on its hypervisor, and `argued` must name it
        assert "ype" in kind.argued, f"{name}: `argued` says nothing of its hypervisor's type"


@pytest.mark.parametrize("name", ["kvm", "hyper-v", "bhyve", "wsl2", "docker-desktop", "xen"])
def test_the_disputed_systems_come_out_as_disputed(name: str) -> None:
    assert verdict_on(name).against
    assert len(load(name).classification.argued) > 80, f"{name}: the other side needs an argument"


@pytest.mark.parametrize("name", ["type-1", "vsphere", "type-2", "virtualbox", "workstation"])
def test_the_plain_systems_come_out_plain(name: str) -> None:
    assert not verdict_on(name).against


def test_kvm_and_virtualbox_differ_in_one_answer_only() -> None:
    kvm, box = (load(name).classification.answers for name in ("kvm", "virtualbox"))
    assert kvm is not None
    assert box is not None
    differ = [key for key in QUESTIONS if getattr(kvm, key) != getattr(box, key)]
    assert differ == ["os_is_vmm"]


def test_systems_without_a_guest_kernel_are_not_asked() -> None:
    for name in ("os", "docker", "gvisor", "way-process", "way-container"):
        assert load(name).classification.answers is None


def test_windows_schedules_the_guests_of_a_client_and_the_hypervisor_those_of_a_server() -> None:
    """Microsoft: root scheduler, the only one on Windows 10 and 11 since 1803; not on a server."""
    server, client = (load(name).classification.answers for name in ("hyper-v", "wsl2"))
    assert server is not None
    assert client is not None
    differ = [key for key in QUESTIONS if getattr(server, key) != getattr(client, key)]
    assert differ == ["guest_is_process"]
    assert "decides when the guests run" in verdict_on("wsl2").against
    wsl2 = load("wsl2")
    assert "root" in wsl2.ancestors("scheduler"), "Windows's scheduler, not the hypervisor's"


def test_only_a_kernel_that_comes_later_is_a_contradiction() -> None:
    for answers in EVERY_ANSWER:
        contradicts = answers.os_is_vmm and not answers.os_first
        assert (classify(answers).type == "contradiction") == contradicts, answers
