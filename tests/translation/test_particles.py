"""Particles agree with the sound before them, whatever stands there (T10)."""

import pytest

from hvlib.particles import agree


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("VM은(는)", "VM은"),
        ("커널(kernel)은(는)", "커널(kernel)은"),
        ("**가상 머신**(VM)이(가)", "**가상 머신**(VM)이"),
        ("<b>Xen</b>을(를)", "<b>Xen</b>을"),
        ("호스트(host)와(과)", "호스트(host)와(과)"),  # that is not how it is written
        ("호스트(host)과(와)", "호스트(host)와"),
        ("‘서버’이(가)", "‘서버’가"),
        ("23%(으)로", "23%로"),
        ("5,146 W(으)로", "5,146 W로"),
        ("41.2 µs은(는)", "41.2 µs는"),
        ("7(으)로", "7로"),
        ("6(으)로", "6으로"),
        ("40을(를)", "40을"),
        ("100,000이(가)", "100,000이"),
        ("2이(가)", "2가"),
        ("0.90이(가)", "0.90이"),
        ("Xen(으)로", "Xen으로"),
        ("Intel(으)로", "Intel로"),
        ("dom0은(는)", "dom0는"),
        ("ESXi은(는)", "ESXi는"),
        ("VM exit이(가)", "VM exit이"),
        ("CPU(이)라", "CPU라"),
        ("서울(으)로", "서울로"),
        ("은(는)", "는"),
    ],
)
def test_agree(text: str, read: str) -> None:
    assert agree(text) == read
