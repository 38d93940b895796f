"""The bench's breakages are still breakages."""

from tests.bench.bench_mutations import MUTATIONS, ROOT


def test_each_breakage_changes_the_code_in_one_place() -> None:
    """A text that has moved breaks nothing, and the bench then counts one breakage less."""
    found = {m.name: (ROOT / m.file).read_text(encoding="utf-8").count(m.old) for m in MUTATIONS}
    gone = [name for name, times in found.items() if times != 1]
    assert not gone, f"tests/bench/bench_mutations.py: say where these are now: {gone}"
