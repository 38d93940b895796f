"""Numbers read as people write them, and are read as people type them."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from hvlib import numbers


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (numbers.plain, {0: "0", 0.5: "0.5", 1000: "1,000", 2.5e6: "2,500,000"}),
        (numbers.three_digits, {0.0123: "0.0123", 99.95: "100", 1234.5: "1,234", -2500: "-2,500"}),
        (numbers.three_digits, {1.51e-5: "0.0000151", 999.7: "1,000", 0: "0"}),
        (numbers.times, {1.3: "1.30", 12.5: "12.5", 8001: "8,001"}),
        (numbers.one_decimal, {0.123: "0.12", 1234.56: "1,234.6", 8e-6: "0.000008"}),
        (numbers.rounded, {0.00634: "0.0063", 163: "160", 12345: "12,000", 0: "0"}),
        (numbers.percent, {0.25: "25%", 0.125: "12.5%"}),
        (numbers.up_to_all, {1: "100%", 1.2: ""}),
        (numbers.share, {0: "0.0%", 0.0004: "less than 0.1%", 0.123: "12.3%"}),
        (numbers.error, {0.0001: "0%", -0.05: "-5.0%", 0.2: "+20%", 12: "+1,200%"}),
        (numbers.duration, {0.0034: "3.4 ms", 0.9997: "1,000 ms", 1: "1.0 s", 1234: "1,234.0 s"}),
        (numbers.amount, {999: "999", 1500: "1.5k", 2e9: "2G"}),
        (numbers.power, {1000: "1,000", 1e5: "10⁵", 1e-6: "10⁻⁶"}),
    ],
)
def test_a_number_is_written_as_its_value_asks(
    form: Callable[[float], str], said: dict[float, str]
) -> None:
    assert {value: form(value) for value in said} == said


@pytest.mark.parametrize(
    ("value", "sample", "said"),
    [(2.345, "2.5", "2.35"), (3.0, "2", "3"), (3.4, "2", "3.4"), (123.456, "12.3", "123.5")],
)
def test_a_value_has_the_digits_of_what_it_is_held_against(
    value: float, sample: str, said: str
) -> None:
    assert numbers.as_exact_as(value, Decimal(sample)) == said


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,000", 1000.0),
        (" 5 %", 5.0),
        ("−2", -2.0),
        ("inf", None),
        ("x", None),
        ("6대", 6.0),
        ("18퍼센트", 18.0),
        ("１８％", 18.0),
        ("3.5 배", 3.5),
        ("10만 번", 100_000.0),
        ("여섯", None),
        ("6대 정도", None),
        ("10k", None),
    ],
)
def test_numbers_are_read_as_people_type_them(text: str, value: float | None) -> None:
    assert numbers.read(text) == value
