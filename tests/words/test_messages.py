"""What a translator can work with: whole messages, each in one piece and with one meaning."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

import hvlib

PACKAGE = Path(hvlib.__file__).parent
FORMS = {"_": 1, "ngettext": 2, "pgettext": 2, "npgettext": 3}
"""How many of a function's arguments are text."""


@dataclass(frozen=True)
class Message:
    """A call that marks a text: where it stands, its texts, and its context if it has one."""

    where: str
    function: str
    texts: tuple[str, ...]
    parent: ast.AST | None

    @property
    def forms(self) -> tuple[str, ...]:
        """What a reader sees: without the context."""
        return self.texts[self.function in ("pgettext", "npgettext") :]


@cache
def messages() -> tuple[Message, ...]:
    """All marked texts of the package."""
    return tuple(item for path in sorted(PACKAGE.rglob("*.py")) for item in _in(path))


def _in(path: Path) -> Iterator[Message]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id not in FORMS or path.name in ("words.py", "texts.py"):
            continue
        where = f"{path.relative_to(PACKAGE)}:{node.lineno}"
        texts = [part.value for part in node.args if isinstance(part, ast.Constant)]
        texts = [text for text in texts if isinstance(text, str)]
        assert len(texts) == FORMS[node.func.id], f"{where}: not a text that can be extracted"
        yield Message(where, node.func.id, tuple(texts), parents.get(node))


def test_every_message_is_a_text_that_can_be_extracted() -> None:
    assert len(messages()) > 2500


@pytest.mark.parametrize("edge", [str.strip, lambda text: text.strip(",;")], ids=["space", "comma"])
def test_no_message_is_the_beginning_or_the_end_of_another(edge: object) -> None:
    """What is glued to a sentence stands somewhere else in another language."""
    glued = [
        f"{item.where}: {text!r}"
        for item in messages()
        for text in item.forms
        if edge(text) != text  # type: ignore[operator]
    ]
    assert not glued


def test_no_message_is_marked_within_an_f_string() -> None:
    """The extraction doesn't see it there."""
    assert not [item.where for item in messages() if isinstance(item.parent, ast.FormattedValue)]


def test_one_and_many_say_the_same() -> None:
    """A language without a plural has one form only, so a plural is no if."""
    differ = []
    for item in messages():
        if item.function in ("ngettext", "npgettext"):
            one, many = ({*re.findall(r"\{(\w+)", text)} for text in item.forms)
            if one != many:
                differ.append(f"{item.where}: {item.forms}")
    assert not differ


def test_one_of_a_thing_is_counted_by_ngettext() -> None:
    ones = [
        f"{item.where}: {item.forms[0]!r}"
        for item in messages()
        if item.function == "_" and re.match(r"1 [a-z]", item.forms[0])
    ]
    assert not ones


ALIKE = """
Answer Cluster Containers Flow Hosts Hypervisor KVM Memory Network Next Previous Privilege Program
Requests Seed Source Steps System VM VMs What Why Xen application bytes clustered container
containers disk down exits guest halted host hosts hypervisor loads loopback measured median memory
ms nested no none nothing one pre-copy process program programs round running runs sandbox seconds
servers services shadow spins stacks stop-and-copy wire yes Clock
"""
"""Words that mean the same in all the files that say them."""


def test_a_word_that_means_several_things_says_which() -> None:
    """A word in two files means one thing (:data:`ALIKE`), or each of them a ``pgettext``."""
    files: dict[str, set[str]] = {}
    for item in messages():
        if item.function == "_" and re.fullmatch(r"[\w-]+", item.texts[0]):
            files.setdefault(item.texts[0], set()).add(item.where.partition(":")[0])
    several = {word for word, where in files.items() if len(where) > 1}
    assert several == {*ALIKE.split()}
