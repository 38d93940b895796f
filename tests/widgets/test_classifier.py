"""The four questions as controls: the verdict follows every answer and agrees with the files."""

from itertools import product

import pytest

from hvlib.systems.classify import QUESTIONS, classify
from hvlib.systems.parts import Answers
from hvlib.systems.system import load
from hvlib.widgets.classifier import askable, classifier

EVERY_ANSWER = [
    dict(zip(QUESTIONS, bits, strict=True)) for bits in product((True, False), repeat=4)
]


def test_it_starts_open_and_says_how_many_questions_are_left() -> None:
    widget = classifier()
    assert widget.system.id == "kvm"
    assert widget.verdict is None
    assert widget.says == "Questions left: 4."
    widget.answer(os_first=True)
    assert widget.says == "Questions left: 3."
    assert widget.verdict is None


@pytest.mark.parametrize("answers", EVERY_ANSWER, ids=str)
def test_the_verdict_is_argued_for_any_answers(answers: dict[str, bool]) -> None:
    widget = classifier()
    widget.answer(**answers)
    expected = classify(Answers.model_validate(answers))
    assert widget.verdict == expected
    assert widget.says == expected.describe()


def test_turning_one_answer_over_changes_the_verdict_at_once() -> None:
    widget = classifier("virtualbox")
    widget.answer(os_first=True, guest_is_process=True, os_drivers=True, os_is_vmm=False)
    assert widget.says.startswith("Type 2.")
    widget.answer(os_is_vmm=True)
    assert widget.says.startswith("Type 1 or Type 2: it is disputed.")


@pytest.mark.parametrize("system", askable())
def test_what_is_revealed_gives_both_sides_and_takes_the_answers_over(system: str) -> None:
    widget = classifier(system)
    assert widget._data.value == ""
    widget.reveal()
    kind = load(system).classification
    assert kind.answers is not None
    assert widget.answers == kind.answers.model_dump()
    for word in ("Because:", "The other side:", "Who owns the hardware:"):
        assert word in widget._data.value


def test_it_says_where_the_reader_answered_otherwise_than_the_file() -> None:
    widget = classifier("hyper-v")
    widget.answer(os_first=True)
    widget.reveal()
    said = f"You said yes where the book’s data says no: {QUESTIONS['os_first']}"
    assert said in widget.says, "it is read out"
    assert QUESTIONS["os_drivers"] not in widget.says, "nothing was answered there"


def test_another_system_starts_from_nothing() -> None:
    widget = classifier("kvm")
    widget.reveal()
    widget.ask("xen")
    assert widget.system.id == "xen"
    assert set(widget.answers.values()) == {None}
    assert widget._data.value == ""


@pytest.mark.parametrize("system", ["docker", "os", "gvisor", "nothing"])
def test_a_system_without_a_hypervisor_is_an_error_that_names_those_with_one(system: str) -> None:
    with pytest.raises(KeyError, match=f"no questions about '{system}'.*kvm.*xen"):
        classifier(system)
    with pytest.raises(KeyError, match="no questions about"):
        classifier().ask(system)


def test_an_unknown_question_is_an_error_that_names_the_four() -> None:
    with pytest.raises(KeyError, match="no question 'fast'; there are os_first"):
        classifier().answer(fast=True)


def test_it_has_words_where_no_kernel_runs_and_folds_the_answer_away() -> None:
    data, _metadata = classifier("bhyve")._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    for question in QUESTIONS.values():
        assert question in data["text/plain"]
    assert "Type 1 or Type 2" in data["text/plain"]
    assert data["text/html"].index("<details>") < data["text/html"].index("disputed")
