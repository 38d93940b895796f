"""Two computers in a page: a reader starts them, lets one panic, moves, saves and breaks one."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from browser.machine_page import machine_page
from playwright.sync_api import Browser, Locator, Page, expect

from hvlib.real import image

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("machine_image")]
SECONDS = 1000
WATCH_WORKERS = """
  window.workers = [];
  const Real = Worker;
  window.Worker = class extends Real {
    constructor(...given) { super(...given); workers.push(this); }
    terminate() { this.ended = true; super.terminate(); }
  };
"""

MUTE = """() => {
  workers.findLast((one) => !one.ended).onmessage = () => {};
  const real = setInterval;
  window.setInterval = (act, ms) => (window.setInterval = real)(act, ms / 20); // seconds go by
}"""


class Room:
    """The page, with what went wrong in it and what it asked for outside."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def machine(self, name: str) -> Locator:
        return self.page.get_by_role("group", name=f"Machine {name}")

    def press(self, name: str, button: str) -> None:
        self.machine(name).get_by_role("button", name=re.compile(f"^{button}")).click()

    def start(self, name: str) -> None:
        """Let Linux run in a machine, unless it does, and wait for its prompt."""
        if self.machine(name).get_attribute("data-state") != "running":
            self.press(name, "Start")
        self.shows(name, "# $")
        expect(self.machine(name)).to_have_attribute("data-state", "running")

    def shows(self, name: str, pattern: str) -> None:
        screen = self.machine(name).locator("pre")
        expect(screen).to_have_text(re.compile(pattern), timeout=20 * SECONDS)

    def says(self, pattern: str, seconds: float = 20) -> str:
        said = self.page.locator(".hv-said")
        expect(said).to_have_text(re.compile(pattern), timeout=seconds * SECONDS)
        return said.inner_text()

    def counted(self, name: str) -> int:
        number = self.machine(name).locator("dd").nth(3)
        expect(number).to_have_text(re.compile(r"\d"), timeout=20 * SECONDS)
        return int(number.inner_text())

    def type(self, name: str, text: str) -> None:
        self.machine(name).get_by_role("textbox").focus()
        self.page.keyboard.type(text)
        self.page.keyboard.press("Enter")


@contextmanager
def opened(chromium: Browser, folder: Path, files: Path) -> Iterator[Room]:
    with machine_page(folder, files) as address:
        context = chromium.new_context(viewport={"width": 1000, "height": 900})
        outside: list[str] = []
        here = (address.removesuffix("/index.html"), "data:", "blob:")
        context.on("request", lambda r: None if r.url.startswith(here) else outside.append(r.url))
        context.add_init_script(WATCH_WORKERS)
        found = Room(context.new_page())
        found.page.goto(address)
        yield found
        context.close()
        assert not found.errors, found.errors
        assert not outside, "a computer in the page reached a network"


@pytest.fixture(scope="module")
def room(
    machine_image: Path, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Room]:
    """A page for many tests, in whatever order: each starts the machines that it needs."""
    with opened(chromium, tmp_path_factory.mktemp("machines"), machine_image) as found:
        yield found


@pytest.fixture
def own_room(machine_image: Path, chromium: Browser, tmp_path: Path) -> Iterator[Room]:
    """A page just opened, for a test that needs it so or leaves it behind."""
    with opened(chromium, tmp_path, machine_image) as found:
        yield found


def test_a_reader_types_and_escape_leaves_the_console(own_room: Room, machine_image: Path) -> None:
    room = own_room
    start = f"Start (loads {image.size(machine_image) / 1e6:.3g} MB)"
    expect(room.machine("A").get_by_role("button").first).to_have_text(start)
    room.start("A")
    room.type("A", "echo $((6 * 7)); tty")
    room.shows("A", r"42\s+/dev/ttyS0\s+# $")
    room.page.keyboard.press("Tab")  # goes to the shell
    expect(room.machine("A").get_by_role("textbox")).to_be_focused()
    room.page.keyboard.press("Escape")
    expect(room.machine("A").get_by_role("button", name="Pause")).to_be_focused()
    room.press("A", "uname -r")
    assert "Machine A runs Linux 6.1.0-50-686." in room.says("runs Linux 6")


def test_one_kernel_panics_and_the_other_counts_on(room: Room) -> None:
    room.start("A")
    room.start("B")
    room.counted("B")
    room.press("A", "Panic")
    said = room.says("panicked")
    assert "Machine B runs on" in said
    room.shows("A", "Kernel panic - not syncing: sysrq triggered crash")
    before = room.counted("B")
    expect(room.machine("B").locator("dd").nth(3)).not_to_have_text(str(before))
    expect(room.machine("A")).to_have_attribute("data-state", "panicked")


@pytest.mark.parametrize("way", ["pre-copy", "stop-and-copy"])
def test_a_moved_guest_counts_on_and_misses_no_number(room: Room, way: str) -> None:
    room.start("A")
    room.page.get_by_label("how").select_option(way)
    room.page.get_by_label("link").select_option("80 MB/s")
    before = room.counted("A")
    room.page.get_by_role("button", name="Move A to B").click()
    said = room.says("stood still for", seconds=40)
    assert "no number is missing" in said, said
    assert room.counted("B") > before
    expect(room.machine("A")).to_have_attribute("data-state", "off")
    told = room.page.evaluate("sent.findLast((one) => one.migration).migration")
    assert told["rounds"][0]["pages"] == 18_432
    left = told["rounds"][-1]["pages"]  # for the last copy, while the guest stands still
    assert left < 4_000 if way == "pre-copy" else left == 18_432
    room.type("B", "echo still $((40 + 2))")
    room.shows("B", r"still 42\s+# $")


@pytest.mark.parametrize("way", ["pre-copy", "stop-and-copy"])
def test_a_guest_whose_new_machine_breaks_on_the_way_runs_on(room: Room, way: str) -> None:
    room.start("A")
    room.page.get_by_label("how").select_option(way)
    room.page.get_by_label("link").select_option("20 MB/s")
    room.page.get_by_role("button", name="Move A to B").click()
    room.says("is on its way to B")
    room.page.wait_for_timeout(500)  # some pages are there
    room.page.evaluate("workers.at(-1).onerror({message: 'out of memory'})")
    said = room.says("did not get to B")
    assert "The guest of A did not get to B: out of memory. It runs on in A." in said
    expect(room.machine("A")).to_have_attribute("data-state", "running")
    expect(room.machine("B")).to_have_attribute("data-state", "broken")
    room.type("A", f"echo {way} $((40 + 2))")
    room.shows("A", rf"{way} 42\s+# $")


def test_a_computer_that_says_nothing_is_taken_for_broken(room: Room) -> None:
    room.start("A")
    room.page.evaluate(MUTE)
    room.press("A", "Pause")
    assert "Machine A broke: nothing answers there." in room.says("broke")
    room.start("A")


def test_a_saved_state_comes_back(room: Room) -> None:
    room.start("A")
    room.type("A", "touch /root/before")
    room.shows("A", r"before\s+# $")
    room.press("A", "Save")
    room.says("is saved")
    room.type("A", "rm /root/before; ls")
    room.shows("A", r"ls\s+# $")
    room.press("A", "Restore")
    room.says("as it was when it was saved")
    room.type("A", "ls")
    room.shows("A", r"ls\s+before\s+# $")


def test_guests_without_a_system_and_one_that_breaks(room: Room) -> None:
    room.start("A")  # a machine that is off has no New machine
    for runs, shown, said in (
        ("hello, no system", "hello from a guest", "I/O exits on the way: 20"),
        ("bytes by a port, no system", "switched off", "I/O exits on the way: 8,193"),
        ("bytes by a ring, no system", "switched off", "I/O exits on the way: 4"),
        ("a loop, to time it", "switched off", "one instruction took"),
    ):
        room.machine("A").get_by_label("runs").select_option(runs)
        room.press("A", "New machine")
        room.says(said)
        room.shows("A", shown)
    room.machine("A").get_by_label("runs").select_option("Linux")
    room.start("A")
    room.page.evaluate("workers.at(-1).onerror({message: 'Unimplemented: #GP handler'})")
    assert "Unimplemented" in room.says("Machine A broke")
    assert room.page.evaluate("workers.at(-1).ended"), "a broken machine's worker runs on"
    room.start("A")


def test_a_page_that_is_left_stops_its_machines(own_room: Room) -> None:
    room = own_room
    room.start("A")
    hide = """hidden => {
      Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    room.page.evaluate(hide, True)
    expect(room.machine("A")).to_have_attribute("data-state", "paused")
    room.page.evaluate(hide, False)
    expect(room.machine("A")).to_have_attribute("data-state", "running")
    room.page.evaluate("leave()")
    assert room.page.evaluate("workers.every((one) => one.ended)"), "a worker outlives its page"
