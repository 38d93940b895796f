"""The assembler: what it accepts, and that a bad line is named."""

import pytest

from hvlib.models.assembler import AssemblyError, assemble
from hvlib.models.machine import encode


def test_labels_words_space_and_characters():
    program = assemble("JMP go\nx: .word 3, 'a', go\n.space 2\ngo: LOAD r1, x+1\nHALT ; end")
    assert program.words == (
        encode("JMP", n=6), 3, 97, 6, 0, 0, encode("LOAD", a=1, n=2), encode("HALT"),
    )  # fmt: skip
    assert program.labels == {"x": 1, "go": 6}
    assert program.lines[6] == "LOAD r1, x+1"


def test_base_makes_labels_count_from_there():
    assert assemble(".at 40\n.base\nSET r1, 1\nx: JMP x").words[41] == encode("JMP", n=1)


@pytest.mark.parametrize(
    "line",
    ["FLY r1", "SET r1", "SET r9, 1", "JMP nowhere", "LOAD r1, x(r9)", ".word q", "ADD r1, 5"],
)
def test_a_bad_line_is_named_with_its_number(line):
    with pytest.raises(AssemblyError, match="line 2"):
        assemble("HALT\n" + line)
