"""The labs: made from their solutions, solvable, and hard to please by what is wrong."""

import ast
import fnmatch
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from hvlib.labs import container, devices, generate, hypervisor, migration, sandbox
from hvlib.labs.verdict import MARKS, MissingError, Verdict, judge
from hvlib.real import probe, syscalls
from hvlib.real.engine import make_machine

pytestmark = pytest.mark.slow

SOLUTIONS = sorted((generate.LABS / "solutions").glob("*.ipynb"))
BOOK = generate.LABS.parent
NAMES = [path.stem for path in SOLUTIONS]
HYPERVISOR, CONTAINER, MIGRATION = "build-a-hypervisor", "build-a-container", "live-migration"


@pytest.mark.parametrize("path", sorted(BOOK.rglob("*.ipynb")), ids=lambda path: path.stem)
def test_every_link_to_a_page_leads_to_one(path: Path) -> None:
    texts = [cell.source for cell in nbformat.read(path, as_version=4).cells]
    links = re.findall(r"\]\(([^):#]+\.ipynb)\)", "\n".join(texts))
    assert [link for link in links if not (path.parent / link).is_file()] == []
    assert links or path.parent == BOOK, f"{path.stem} names no chapter that it belongs to"


def code_cells(path: Path) -> list[str]:
    """The code of a notebook, but for its first picture."""
    cells = nbformat.read(path, as_version=4).cells
    return [
        cell.source
        for cell in cells
        if cell.cell_type == "code" and generate.PICTURE not in cell.metadata.get("tags", [])
    ]


def run(source: str, names: dict[str, Any]) -> Any:
    """Run a cell as a notebook does; returns the value of its last line."""
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names) if last else None


def verdicts(path: Path) -> tuple[dict[str, Any], list[Verdict]]:
    """Run all cells; the names that they made and the verdicts that they showed."""
    names: dict[str, Any] = {}
    shown = [run(source, names) for source in code_cells(path)]
    return names, [value for value in shown if isinstance(value, Verdict)]


def trace_of_host() -> dict[str, Any]:
    """What a lab must leave as it was."""
    # os.walk, since another test's group may vanish on the way, where Path.glob would fail.
    folders = [folder for folder, _inside, _files in os.walk("/sys/fs/cgroup")]
    groups = fnmatch.filter(folders, "*/hvlib-*-lab")
    mounts = Path("/proc/self/mountinfo")
    return {
        "host name": getattr(os, "uname", lambda: None)(),
        "mounts": mounts.read_text() if mounts.exists() else "",
        "groups": groups,
        "files": len(os.listdir("/proc/self/fd")) if mounts.exists() else 0,
    }


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    before = trace_of_host()
    yield
    after = trace_of_host()
    after["files"] = min(after["files"], before["files"] + 12)  # the engine's and its libraries'
    before["files"] = after["files"]
    assert after == before, "a lab's check changed this machine"


@pytest.fixture(scope="module")
def solved() -> dict[str, tuple[dict[str, Any], list[Verdict]]]:
    return {path.stem: verdicts(path) for path in SOLUTIONS}


@pytest.mark.parametrize("path", SOLUTIONS, ids=NAMES)
def test_readers_version_is_made_from_its_solution(path: Path) -> None:
    lab = generate.LABS / path.name
    made = lab.read_text("utf-8") if lab.exists() else ""
    assert made == generate.text_of(path), f"{lab.name} is not its solution's: run make labs"


def test_every_lab_has_a_solution() -> None:
    assert sorted(p.stem for p in generate.LABS.glob("*.ipynb")) == NAMES


@pytest.mark.parametrize("path", SOLUTIONS, ids=NAMES)
def test_no_solution_is_left_in_the_readers_version(path: Path) -> None:
    for source in code_cells(generate.LABS / path.name):
        assert "SOLUTION" not in source
    assert any("# Your turn:" in source for source in code_cells(generate.LABS / path.name))


@pytest.mark.parametrize("name", NAMES)
def test_solution_passes_every_check(name: str, solved: dict[str, Any]) -> None:
    _names, shown = solved[name]
    print([v for v in shown if v.state == "skipped"])
    assert [v.step for v in shown] == list(range(1, len(shown) + 1)), "a step has no check"
    failed = [v for v in shown if v.state == "missing"]
    assert not failed, failed
    if name == MIGRATION or (name == HYPERVISOR and probe.ask("kvm").yes):
        assert all(v.state == "passed" for v in shown)


@pytest.mark.parametrize("path", SOLUTIONS, ids=NAMES)
def test_unsolved_steps_say_kindly_what_is_missing(path: Path) -> None:
    _names, shown = verdicts(generate.LABS / path.name)
    for verdict in shown:
        assert verdict.state in ("missing", "skipped"), verdict
        assert "Traceback" not in verdict.sentence
        assert 10 < len(verdict.sentence) < 400, verdict
        assert repr(verdict).startswith(f"{MARKS[verdict.state]} Step {verdict.step}: ")


# Wrong solutions: lab, step, the function, and a part of what the check must say.
WRONG = [
    (HYPERVISOR, 1, "Console", "self.text += chr(value & 0xFF)", "self.text += chr(value)", "ok A"),
    (HYPERVISOR, 2, "Bus", "(1 << 8 * size) - 1", "0", "all ones"),
    (HYPERVISOR, 2, "Bus", ".write(value, size)", ".write(value, 1)", "with its size"),
    (HYPERVISOR, 3, "DebugPort", "GuestStopped(value)", "GuestStopped(0)", "code 0"),
    (HYPERVISOR, 4, "open_kvm", "/dev/kvm", "/dev/null", "not /dev/kvm"),
    (HYPERVISOR, 5, "make_vm", "ioctl(vm, k.KVM_SET_USER", "str(k.KVM_SET_USER", ""),
    (HYPERVISOR, 6, "page_tables", "range(1, 512)", "range(512)", "Page 0"),
    (HYPERVISOR, 6, "page_tables", "user & ~k.USER_PAGE", "user", "not for the user"),
    (HYPERVISOR, 6, "page_tables", ", k.MMIO]", "]", "leads nowhere"),
    (HYPERVISOR, 6, "page_tables", "memory, k.LARGE", "memory * 2, k.LARGE", "beyond"),
    (HYPERVISOR, 7, "control_registers", "1 << 8 | 1 << 10", "1 << 8", "long mode active"),
    (HYPERVISOR, 7, "control_registers", "k.PML4", "k.PDPT", "CR3"),
    (HYPERVISOR, 8, "make_cpu", "return cpu, mmap", "return vm, mmap", ""),
    (HYPERVISOR, 9, "answer_port", "size * count", "size", "several values"),
    (HYPERVISOR, 9, "answer_port", '"little"', '"big"', "0x1234"),
    (HYPERVISOR, 10, "answer_mmio", "k.RUN_UNION + 8", "k.RUN_UNION", "belongs into"),
    (HYPERVISOR, 10, "answer_mmio", "data[:size]", "data", "0x12345678"),
    (HYPERVISOR, 11, "run", "k.KVM_EXIT_MMIO: answer_mmio", "", "heard 1 of 3"),
    (HYPERVISOR, 11, "run", 'return "stopped"', "return None", "'stopped'"),
    (HYPERVISOR, 12, "run_for", 'return "time limit"', 'return "halt"', "time limit"),
    (HYPERVISOR, 13, "Register", "value & 0xFF", "value >> 8", "which is b'\\x01'"),
    (
        HYPERVISOR,
        13,
        "Register",
        "append(value & 0xFF)",
        "insert(0, value & 0xFF)",
        "to your Register",
    ),
    (HYPERVISOR, 14, "buffer", "number >= PLACES or ", "", "For number 64"),
    (
        HYPERVISOR,
        14,
        "buffer",
        " or address + length > len(memory)",
        "",
        "beyond the guest's memory",
    ),
    (HYPERVISOR, 14, "buffer", "+ length > len", "+ length >= len", "no such buffer"),
    (HYPERVISOR, 15, "Ring", "self.received += data", "self.received = data", "received is"),
    (HYPERVISOR, 15, "Ring", "USED + 4", "USED + 12", "at place 0"),
    (HYPERVISOR, 15, "Ring", "+ 2, self.seen", "+ 2, self.seen - 1", "at place 0"),
    (HYPERVISOR, 15, "Ring", "self.seen = (self", "self.unseen = (self", "After one kick"),
    (HYPERVISOR, 15, "Ring", " - self.seen) % 0x10000", ")", "took a buffer again"),
    (HYPERVISOR, 15, "Ring", "self.seen % PLACES", "self.seen", "After 65 buffers"),
    (HYPERVISOR, 15, "Ring", " - self.seen) % 0x10000", " - self.seen)", "After 65,536 buffers"),
    (HYPERVISOR, 15, "Ring", "offered > PLACES", "offered > 9999999", "is a lie"),
    (HYPERVISOR, 16, "Ring", "self.received += data", "pass", "to your Ring"),
    (HYPERVISOR, 16, "Register", "self.received.append", "str", "to your Register"),
    (CONTAINER, 1, "start", "os._exit(0)", "os._exit(3)", "returned 3"),
    (CONTAINER, 1, "start", "os.waitstatus_to_exitcode", "int", "ended with 7"),
    (CONTAINER, 2, "separate", " | CLONE_NEWIPC", "", "ipc"),
    (CONTAINER, 2, "separate", "sethostname(hostname)", "pass", "host name"),
    (CONTAINER, 3, "become_root", "unshare(CLONE_NEWUSER)", "unshare(0)", ""),
    (CONTAINER, 4, "start_first", "unshare(CLONE_NEWPID)", "pass", "number 1"),
    (CONTAINER, 4, "start_first", "start(work)", "work()", "number 1"),
    (CONTAINER, 5, "private_mounts", "| MS_PRIVATE", "| 1 << 20", "outside"),
    (CONTAINER, 5, "private_mounts", "unshare(CLONE_NEWNS)", "pass", "old mount namespace"),
    (CONTAINER, 6, "overlay_root", 'return f"{scratch}/root"', "return image", "changed the image"),
    (CONTAINER, 6, "overlay_root", 'return f"{scratch}/root"', "return scratch", "etc/release"),
    (CONTAINER, 7, "proc_and_devices", "MS_RDONLY | ", "", "read only"),
    (CONTAINER, 7, "proc_and_devices", "in DEVICES", "in DEVICES[1:]", "/dev/null"),
    (CONTAINER, 7, "proc_and_devices", "in DEVICES", 'in [*DEVICES, "tty"]', "also tty"),
    (CONTAINER, 8, "change_root", 'detach(".")', "pass", "still mounted"),
    (CONTAINER, 9, "limit", '(folder / "cgroup.procs").write_text("0")', "pass", "32 MiB"),
    (CONTAINER, 9, "limit", "str(processes)", '"max"', "processes"),
    (CONTAINER, 10, "lose_privileges", "drop_all_capabilities()", "pass", "Capabilities"),
    (CONTAINER, 10, "lose_privileges", "install_filter()", "pass", "filter"),
    (CONTAINER, 11, "container", "separate(hostname)", 'separate("other")', "different lines"),
    (CONTAINER, 11, "container", "lose_privileges()", "pass", "different lines"),
    (MIGRATION, 1, "copy_pages", "sorted(pages)", "range(16)", "Only the pages"),
    (MIGRATION, 1, "copy_pages", "page * PAGE", "page", ""),
    (MIGRATION, 2, "differing", "p : p + PAGE", "p : p + 9", "page 3"),
    (MIGRATION, 3, "stop_and_copy", "target.registers = source.registers", "pass", "Registers"),
    (MIGRATION, 3, "stop_and_copy", "guest.pause()", "pass", "still runs"),
    (MIGRATION, 4, "pages_of", ">> n % 8", ">> (7 - n % 8)", "you found"),
    (MIGRATION, 5, "two_rounds", "set(source.dirty_pages())\n    pages", "pages", "still differ"),
    (MIGRATION, 6, "send", "time.sleep(ahead)", "pass", "0.20 s"),
    (MIGRATION, 7, "pre_copy", "len(rounds) < max_rounds and ", "", "15 s"),
    (MIGRATION, 7, "pre_copy", "len(pages) >= stop_below", "pages", ""),
    (MIGRATION, 8, "predict", "min(ratio * pages, hot)", "ratio * pages", "should be"),
    (MIGRATION, 9, "migrate", "target.registers = source.registers", "pass", "registers"),
    (MIGRATION, 9, "migrate", "left | set(source.dirty_pages())", "left", "pages differ"),
    (MIGRATION, 9, "migrate", "left | set(source.dirty_pages())", "set()", "pages differ"),
]


@pytest.fixture(scope="module")
def sources() -> dict[tuple[str, str], str]:
    """The solutions' definitions by lab and name."""
    found = {}
    for path in SOLUTIONS:
        for source in code_cells(path):
            for node in ast.parse(source).body:
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    found[path.stem, node.name] = ast.get_source_segment(source, node) or ""
    return found


@pytest.mark.parametrize(("lab", "step", "name", "right", "wrong", "said"), WRONG)
def test_wrong_solution_is_told_what_is_wrong(
    lab: str, step: int, name: str, right: str, wrong: str, said: str,
    solved: dict[str, Any], sources: dict[tuple[str, str], str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    names, shown = solved[lab]
    if shown[step - 1].state == "skipped":
        pytest.skip(shown[step - 1].sentence)
    seconds = 0.3 if said == "15 s" else 2.0  # of one that never ends
    monkeypatch.setattr("hvlib.labs.verdict.SECONDS", seconds)
    monkeypatch.setattr(devices, "SIZE", 512)  # bytes that a guest sends: each may be an exit
    source = sources[lab, name]
    assert right in source, f"the test changes what is no longer in {name}"
    mine = dict(names)
    exec(source.replace(right, wrong), mine)
    parts = {name: mine[name]}
    if (lab, step) in ((HYPERVISOR, 12), (HYPERVISOR, 16)):
        rest = ("run_for", "Register", "Ring") if step == 16 else ()
        parts |= {part: mine[part] for part in (*hypervisor.PARTS, *rest)}
    verdict = mine["check"](step, **parts)
    assert verdict.state == "missing", f"the check let this pass: {right} -> {wrong}"
    assert said.replace("15 s", "0.3 s") in verdict.sentence, verdict


def test_parts_are_held_against_hvlibs_hypervisor(solved: dict[str, Any]) -> None:
    names, shown = solved[HYPERVISOR]
    if shown[11].state == "skipped":
        pytest.skip(shown[11].sentence)

    class Mute(names["Console"]):  # type: ignore[misc]
        def write(self, value: int, size: int) -> None:
            """Print nothing."""

    parts = {part: names[part] for part in (*hypervisor.PARTS, "run_for")} | {"Console": Mute}
    verdict = hypervisor.check(12, **parts)
    assert "differ in: console" in verdict.sentence
    verdict = hypervisor.check(12, run_for=names["run_for"])
    assert "missing: Console" in verdict.sentence


def test_without_kvm_the_lab_says_so_and_shows_a_recording(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer = probe.Answer("kvm", False, "KVM runs no guest: this is not Linux.")
    monkeypatch.setattr(probe, "ask", lambda name: answer)
    verdict = hypervisor.check(4, open_kvm=lambda: None)
    assert verdict.state == "skipped"
    assert "needs Linux with KVM" in verdict.sentence
    assert "Recorded on" in verdict.sentence


def test_without_containers_the_lab_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "why_not", lambda: "This is not Linux.")
    for step in range(1, 12):
        verdict = container.check(step, **{"x": None} if step in (9, 11) else {})
        assert verdict.state in ("skipped", "missing")
    verdict = container.check(2, separate=lambda hostname: None)
    assert verdict.state == "skipped"
    assert "This is not Linux." in verdict.sentence


def test_without_an_engine_the_lab_shows_a_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_arguments: object, **_named: object) -> None:
        raise migration.UnavailableError("No engine.")

    monkeypatch.setattr(migration, "make_machine", nothing)
    verdict = migration.check(3, stop_and_copy=lambda guest, source, target: None)
    assert verdict.state == "skipped"
    assert "Recorded on" in verdict.sentence


def usual() -> str:
    """The engine on which the solutions ran."""
    with make_machine() as machine:
        return machine.engine


@pytest.mark.parametrize("engine", ["kvm", "unicorn"])
def test_the_ring_s_exits_are_counted_on_each_engine(
    engine: str, solved: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not probe.ask(engine).yes:
        pytest.skip(probe.ask(engine).why)
    for module in (hypervisor, devices):
        monkeypatch.setattr(module, "make_machine", lambda: make_machine(engine))
    names, shown = solved[HYPERVISOR]
    for step, name in ((13, "Register"), (15, "Ring")):
        again = engine != usual()
        verdict = hypervisor.check(step, **{name: names[name]}) if again else shown[step - 1]
        assert verdict.state == "passed"
        assert "8,192 exits" in verdict.sentence or "in 8,192" in verdict.sentence
        assert devices.ENGINES[engine] in verdict.sentence
    assert "and 3 through the ring" in verdict.sentence


@pytest.mark.parametrize("engine", ["kvm", "unicorn"])
def test_migration_on_each_engine(
    engine: str, solved: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    if not probe.ask(engine).yes:
        pytest.skip(probe.ask(engine).why)
    make = migration.make_machine
    monkeypatch.setattr(migration, "make_machine", lambda _e, *a, **k: make(engine, *a, **k))
    names, shown = solved[MIGRATION]
    for step, name in ((3, "stop_and_copy"), (9, "migrate")):
        again = engine != usual()
        verdict = migration.check(step, **{name: names[name]}) if again else shown[step - 1]
        assert verdict.state == "passed", verdict


# --- the sandbox and the verdict -----------------------------------------------------------


@pytest.mark.parametrize("name", ["unshare", "mount", "pivot_root", "sethostname", "fork"])
def test_the_notebook_itself_is_never_changed(name: str) -> None:
    with pytest.raises(RuntimeError, match="let check"):
        getattr(container, name)()


needs_sandbox = pytest.mark.skipif(bool(sandbox.why_not()), reason=sandbox.why_not())


@needs_sandbox
def test_a_hanging_step_is_stopped() -> None:
    with pytest.raises(MissingError, match="did not come to an end"):
        sandbox.inside(lambda: time.sleep(60) or "", seconds=0.3)


@needs_sandbox
def test_a_dying_step_is_noticed() -> None:
    with pytest.raises(MissingError, match="ended before"):
        sandbox.inside(lambda: os._exit(3))


@needs_sandbox
def test_a_child_that_comes_back_is_noticed() -> None:
    def start(work: Any) -> int:
        child = container.fork()
        if child == 0:
            work()
            return 0  # comes back
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    assert "came back" in container.check(1, start=start).sentence


@needs_sandbox
def test_chroot_is_not_enough() -> None:
    def change_root(root: str) -> None:
        os.chroot(root)
        os.chdir("/")

    assert "climb out" in container.check(8, change_root=change_root).sentence


@needs_sandbox
def test_what_a_step_prints_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    sandbox.inside(lambda: print("from inside") or "")  # type: ignore[func-returns-value]
    assert capsys.readouterr().out == "from inside\n"


def test_judge_stops_what_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hvlib.labs.verdict.SECONDS", 0.1)
    verdict = judge(1, lambda: time.sleep(5) or "")
    assert verdict.state == "missing"
    assert "0.1 s" in verdict.sentence


def test_judge_names_an_error() -> None:
    verdict = judge(2, lambda: str(1 / 0))
    assert repr(verdict) == "… Step 2: Your code raised ZeroDivisionError: division by zero."


def test_translate_knows_the_engines_own_tables() -> None:
    from hvlib.real import kvm
    from hvlib.real import kvm_constants as k

    tables = kvm.page_tables(4 * k.MIB)
    at = {k.GDT + i: int.from_bytes(tables[i : i + 8], "little") for i in range(0, len(tables), 8)}
    assert hypervisor.translate(at, k.CODE) == (k.CODE, True, True)
    assert hypervisor.translate(at, k.PML4) == (k.PML4, False, True)
    assert hypervisor.translate(at, 0) is None


# --- the script that makes the labs --------------------------------------------------------


def test_a_region_becomes_a_task() -> None:
    cell = "def f():\n    ### BEGIN SOLUTION return 1\n    return 1\n    ### END SOLUTION\nf()"
    want = "def f():\n    # Your turn: return 1\n    ...\nf()"
    assert generate.without_solutions(cell) == want


@pytest.mark.parametrize(
    "cell", ["### BEGIN SOLUTION a\n1", "1\n### END SOLUTION", "### BEGIN SOLUTION\n1"]
)
def test_half_a_region_is_an_error(cell: str) -> None:
    with pytest.raises(ValueError, match="without its begin, end or task"):
        generate.without_solutions(cell)


@needs_sandbox
@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="needs root")
def test_an_ordinary_user_can_do_the_container_lab(monkeypatch: pytest.MonkeyPatch) -> None:
    """All steps but the whole, which compares with an engine that may not start for nobody."""
    monkeypatch.setattr(sandbox, "why_not", lambda: "")
    cells = code_cells(generate.LABS / "solutions" / f"{CONTAINER}.ipynb")[:-1]

    def as_nobody() -> list[str]:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        syscalls.prctl(syscalls.PR_SET_DUMPABLE, 1)
        names: dict[str, Any] = {}
        shown = [run(source, names) for source in cells]
        return [str(v) for v in shown if isinstance(v, Verdict) and v.state == "missing"]

    missing, _status = sandbox.in_child(as_nobody)
    assert missing == []


def test_what_a_check_misses_in_a_child_is_not_blamed_on_the_reader_s_code():
    def unmade():
        raise MissingError("The group was not made.")

    with pytest.raises(MissingError, match=r"^The group was not made\.$"):
        sandbox.in_child(unmade)
