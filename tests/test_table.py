"""One table for text and Markdown."""

import pytest

from hvlib.table import Table


def test_text_and_markdown_hold_the_same_cells() -> None:
    table = Table(("a", "b"), (("1", "two"), ("three", "4")))
    assert repr(table).splitlines() == ["a      b", "1      two", "three  4"]
    assert "| three | 4 |" in table._repr_markdown_()


def test_numbers_stand_to_the_right_and_words_to_the_left() -> None:
    table = Table(("plan", "VMs"), (("a", "600"), ("bb", "3")))
    assert repr(table).splitlines() == ["plan  VMs", "a     600", "bb      3"]
    assert "| --- | ---: |" in table._repr_markdown_()


def test_a_table_without_rows_is_its_head() -> None:
    assert repr(Table(("a", "b"), ())) == "a  b"
    assert Table(("a", "b"), ())._repr_markdown_() == "| a | b |\n| --- | --- |"


def test_a_row_of_another_length_is_an_error() -> None:
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        repr(Table(("a", "b"), (("1",),)))


def test_a_column_that_is_told_to_stand_right_does_so_in_both_forms() -> None:
    table = Table(("a", "b"), (("x", "at most 4"), ("y", "-5%")), right=(False, True))
    assert repr(table).splitlines()[-1] == "y        -5%"
    assert "| --- | ---: |" in table._repr_markdown_()
