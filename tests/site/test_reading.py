"""The site, read in a real Chromium as its reader would."""

import json
import shutil
import unicodedata
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from browser.axe import faults
from browser.visitor import RUN_ALL, Visit, differing
from playwright.sync_api import Browser, Locator, expect
from pypdf import PdfReader

from hvlib.questions.predictions import prediction
from hvlib.site.book import pages
from hvlib.site.cells import cells
from hvlib.site.serving import served
from hvlib.site.stick import convert

pytestmark = pytest.mark.browser
CHAPTERS = [page for page in pages() if not page.is_lab]


def test_every_cell_runs_in_the_page_and_says_what_the_notebook_says(visit: Visit) -> None:
    visit.open("labs/live-migration.html")
    visit.alive()  # its one cell, which would come between
    wrong = differing(CHAPTERS, lambda sources: visit.page.evaluate(RUN_ALL, sources))
    assert wrong == {}, json.dumps(wrong, indent=1)
    assert visit.errors == []
    assert visit.outside == [], "requests that left this machine"


def test_cells_come_alive_in_order_and_in_place_and_each_state_has_a_link(visit: Visit) -> None:
    page = visit.open("02-type-1.html")
    page.evaluate("""() => {
      window.shift = 0;
      const add = (list) => { for (const entry of list.getEntries()) shift += entry.value; };
      new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
      window.order = [];
      const note = (list) => {
        for (const { target } of list) if (target.dataset.state === "live") order.push(target.id);
      };
      const what = { attributeFilter: ["data-state"], subtree: true };
      new MutationObserver(note).observe(document.querySelector("main"), what);
    }""")
    visit.alive("cluster-board")
    far = page.locator("#migration")
    assert far.get_attribute("data-state") is None, "a cell far below is left as it is"
    visit.alive("migration")
    order = page.evaluate("order")
    names = [cell.name for cell in cells(pages()[2]) if cell.is_live]
    assert order == sorted(order, key=names.index), "in page order"
    assert page.evaluate("shift") < 0.1, "the layout jumps when cells come alive"
    _the_last_value_wins_and_is_linked(visit)
    _a_key_crashes_a_box(visit)
    assert visit.errors == []


def _the_last_value_wins_and_is_linked(visit: Visit) -> None:
    page = visit.page
    cell = page.locator("#migration")
    slider = cell.get_by_label("hot", exact=False).first
    before = cell.locator("figcaption").inner_text()
    slider.evaluate("""async (input) => {
      for (let part = 0; part <= 40; part++) {
        input.value = Number(input.min) + (part / 40) * (input.max - input.min);
        input.dispatchEvent(new Event("input", { bubbles: true }));
        if (part % 5 === 0) await new Promise((done) => requestAnimationFrame(done));
      }
    }""")
    expect(cell.locator("figcaption")).not_to_have_text(before)
    state = cell.locator(".hv-state-box input")
    expect(state).to_have_value("hot=2000")
    link = cell.locator(".hv-link").get_attribute("href")
    said = cell.locator("figcaption").inner_text()

    page.goto("about:blank")
    visit.open(f"02-type-1.html{link}")
    visit.alive("migration")
    expect(cell.locator("figcaption")).to_have_text(said)
    state.fill("hot=13")
    state.press("Enter")
    expect(page.locator("#migration .hv-link")).to_have_attribute("href", "#migration?hot=13")
    visit.alive("live-migration")
    expect(page.locator("#live-migration .hv-badge")).to_contain_text("recorded")


def _a_key_crashes_a_box(visit: Visit) -> None:
    visit.alive("type-1")
    box = visit.page.locator("#type-1 g.hv-box[data-id=hypervisor]")
    box.focus()
    visit.page.keyboard.press("c")
    expect(box).to_have_attribute("data-state", "crashed")
    expect(visit.page.locator("#type-1 .hv-sentence")).to_contain_text("crashed")


DEAF = "addEventListener('storage', (event) => window.deaf && event.stopImmediatePropagation())"
"""As in a tab that the browser has put to sleep: it is not told what others stored."""
TURNS = {
    "awake": ("1.guest-crash", "1.equivalence", "1.pg-iff", "1.consolidation"),
    "asleep": ("1.theorem", "1.hardware-faster", "1.exit-cost", "1.exit-budget", "1.size-hosts"),
}
"""Questions that are skipped in two tabs in turn, the last of them after a reset."""


def test_two_tabs_keep_each_others_answers_and_the_map_shows_them_without_a_network(
    visit: Visit,
) -> None:
    visit.page.context.add_init_script(DEAF)
    tabs = [visit, Visit(visit.page.context.new_page(), visit.url)]
    for tab in tabs:
        tab.open("01-definition.html")
    other = tabs[1].page

    def skip(tab: Visit, id: str) -> None:
        tab.page.bring_to_front()
        tab.alive(id)
        tab.page.locator(f'[id="{id}"]').get_by_role("button", name="Skip").click()
        for one in tabs:  # a browser tells its processes soon, and a reader is slower still
            one.page.wait_for_function("id => (localStorage.hvProgress ?? '').includes(id)", arg=id)

    def kept() -> list[str]:
        stored = other.evaluate("localStorage.hvProgress ?? ''")
        return [json.loads(line)["id"] for line in stored.splitlines()]

    for way, (*turns, last) in TURNS.items():
        for tab in tabs:
            tab.page.evaluate(f"window.deaf = {json.dumps(way == 'asleep')}")
        before = kept()
        for number, id in enumerate(turns):
            skip(tabs[number % 2], id)
        assert kept() == [*before, *turns], way
        visit.page.evaluate("delete localStorage.hvProgress")
        other.wait_for_function("!localStorage.hvProgress")
        skip(tabs[1], last)
        assert kept() == [last], f"{way}: a reset does not stay one"
    _the_map_shows_a_right_answer(visit)
    assert visit.errors == []


def _the_map_shows_a_right_answer(visit: Visit) -> None:
    """The page of the map lives without a network, though nobody has been there."""
    page = visit.page
    visit.alive("1.privileged")
    question = page.locator('[id="1.privileged"]')
    question.get_by_role("radio").nth(prediction("1.privileged").answer).check()
    question.get_by_role("button", name="Commit").click()
    expect(question.get_by_role("status").first).to_contain_text("Right.")
    _leave_the_network(visit)
    visit.open("index.html")
    visit.alive("book-map")
    expect(page.locator("#book-map")).to_contain_text("1 right at the first try")


IN_VIEW = """(node) => {
  const { top, bottom } = node.getBoundingClientRect();
  const bar = document.querySelector(".bar").offsetHeight;
  return bottom > top && top >= bar && bottom <= innerHeight;
}"""


def test_the_keyboard_opens_a_fold_and_the_next_problem_comes_into_view(visit: Visit) -> None:
    visit.open("04-containers-vs-vms.html")
    _the_keyboard_opens_a_fold(visit)
    _the_next_problem_and_what_is_said_to_an_answer_come_into_view(visit)
    _every_reader_can_use_it(visit, narrow_and_dark=False)
    assert visit.errors == []


def _the_keyboard_opens_a_fold(visit: Visit) -> None:
    """What is inside comes alive."""
    page, inside = visit.page, visit.page.locator("#snapshot-restore")
    fold = page.locator("details.deeper", has=inside)
    summary = fold.locator("summary").first
    fold.scroll_into_view_if_needed()
    expect(fold).not_to_have_attribute("open", "")
    expect(inside).not_to_be_visible()
    summary.focus()
    page.keyboard.press("Enter")
    expect(inside).to_be_visible()
    visit.alive("snapshot-restore")
    summary.focus()
    page.keyboard.press("Space")
    expect(inside).not_to_be_visible()


def _the_next_problem_and_what_is_said_to_an_answer_come_into_view(visit: Visit) -> None:
    page = visit.page
    visit.alive("exercises-2")
    practice = page.locator(".hv-practice").last
    cards = practice.locator(".hv-card")
    for number in range(cards.count()):
        title = cards.nth(number).locator("b").inner_text()
        assert cards.nth(number).inner_text().startswith(f"{title}\n")

    def seen(what: Locator) -> None:
        page.wait_for_function(IN_VIEW, arg=what.element_handle())

    page.locator("#exercises-2").evaluate("(cell) => cell.scrollIntoView()")
    cards.last.click()
    prompt = practice.locator(".hv-prompt")
    expect(prompt).to_contain_text("By memory alone")
    seen(prompt)
    expect(practice.locator(".hv-prediction")).to_be_focused()
    cards.first.click()
    expect(prompt).to_contain_text("Put these parts in order")
    seen(prompt)
    practice.get_by_role("button", name="Skip").click()
    seen(practice.locator(".hv-prediction > .hv-any > .hv-live"))
    practice.locator(".hv-onward").last.click()
    expect(prompt).to_contain_text("stop or stall")
    seen(prompt)


@pytest.mark.parametrize("visit", [{"java_script_enabled": False}], indirect=True)
def test_without_scripts_every_answer_can_be_read_and_each_caption_is_printed(
    visit: Visit,
) -> None:
    for chapter in CHAPTERS:
        page = visit.open(chapter.address)
        page.evaluate(SHORTER)
        said = page.evaluate(SAID)
        sheets = PdfReader(BytesIO(page.pdf())).pages
        printed = _letters(*(sheet.extract_text() for sheet in sheets))
        lost = [text for text in said if _letters(text) not in printed]
        assert lost == [], f"{chapter.address}: not on paper"
        assert len(said) > 20 or chapter.address == "index.html"
        for deeper in page.locator("details.deeper > summary").all():
            deeper.click()
        answers = [
            cell.name
            for cell in cells(chapter)
            if cell.is_code and "Show the answer" in cell.forms.get("text/html", "")
        ]
        assert page.evaluate(UNSEEN, answers) == [], f"{chapter.address}: no way to the answer"


def _letters(*texts: str) -> str:
    """Texts without spaces and joined letters, which a printed page sets as it likes."""
    return "".join(unicodedata.normalize("NFKC", "".join(texts)).split())


@pytest.mark.parametrize(
    "visit",
    [{"java_script_enabled": False, "viewport": {"width": 390, "height": 844}}],
    indirect=True,
)
def test_without_scripts_a_wide_still_can_be_pushed_sideways(visit: Visit) -> None:
    page = visit.open("03-type-2.html")
    cell = page.locator("#type-2")
    cell.scroll_into_view_if_needed()
    page.mouse.move(200, 420)
    page.mouse.wheel(150, 0)
    page.wait_for_timeout(300)
    assert cell.evaluate("(cell) => cell.scrollLeft") > 100, (
        "the rest of the picture is out of reach"
    )
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 390, "the page itself scrolls sideways"


SHORTER = """() => {
  for (const node of document.querySelectorAll("main > p, svg text")) node.remove();
}"""
"""Less to read back from the sheets: paragraphs and what is written in pictures."""
UNSEEN = """(names) => names.filter((name) => {
  const folds = [...document.getElementById(name).querySelectorAll("summary")];
  const fold = folds.find((fold) => fold.textContent.includes("Show the answer"));
  return !fold?.checkVisibility({ visibilityProperty: true });
})"""
SAID = """() => {
  const said = [...document.querySelectorAll("figcaption, .hv-sentence, .paper details")];
  const onPaper = (node) => node.textContent.trim() && !node.closest(".out:has(+ .paper)");
  return said.filter(onPaper).map((node) => node.textContent);
}"""
"""Captions, and answers with what folds them; not those of questions that paper has in a form of
its own."""

SEARCHES = {
    "balloon": "2.4",
    "credit scheduler weight": "2.3",
    "page walk": "2.5",
    "virtio kick": "2.6",
    "post-copy": "2.7",
    "vCenter": "2.8",
    "grant tables": "2.1",
    "SPARC strand": "2.9",
    "Popek Goldberg": "1.4",
    "LRA": "1.5",
    "binary translation": "1.6",
    "exit clustering": "1.7",
    "consolidation": "1.2",
    "supervisor mode": "1.3",
    "nice value": "3.1",
    "VMM world switch": "3.2",
    "which type is KVM": "3.5",
    "overlay writable layer": "4.3",
    "seccomp": "Guards",
    "dockerd": "Docker's own parts",
    "Firecracker": "4.2",
}


def test_search_finds_terms_in_their_sections(visit: Visit) -> None:
    page = visit.open("index.html")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("balloon")
    expect(page.locator("#search li").first).to_contain_text("2.4")
    page.keyboard.press("Escape")
    found = page.evaluate(
        """async (words) => {
          const { search } = await import(new URL("pagefind/pagefind.js", document.baseURI));
          const { best } = await import(document.querySelector("script[type=module]").src);
          const titles = {};
          for (const word of words) {
            const { results } = await search(word);
            const data = await Promise.all(results.slice(0, 3).map((result) => result.data()));
            titles[word] = data.flatMap(best).map((section) => section.title);
          }
          return titles;
        }""",
        list(SEARCHES),
    )
    wrong = {
        word: found[word]
        for word, section in SEARCHES.items()
        if not any(title.startswith(section) for title in found[word])
    }
    assert wrong == {}, json.dumps(wrong, indent=1)


def test_a_translation_lives_without_a_network_after_one_visit(
    visit: Visit, korean_site: Path
) -> None:
    with served(korean_site) as visit.url:
        visit.open("ko/index.html")
        visit.alive("book-map")
        _leave_the_network(visit)
        visit.open("ko/index.html")
        visit.alive("book-map")
    assert visit.page.locator("html").get_attribute("lang") == "ko"


def _leave_the_network(visit: Visit) -> None:
    """Once the page has kept the book and its Python."""
    visit.page.wait_for_function(
        """async () => {
          const keepers = await navigator.serviceWorker.getRegistrations();
          if (!keepers.length || keepers.some((keeper) => !keeper.active)) return false;
          const names = await caches.keys();
          const python = names.find((name) => name.startsWith("run-"));
          return python && (await (await caches.open(python)).keys()).length >= 6;
        }"""
    )
    visit.page.context.set_offline(True)


LOOKS = ["color-contrast", "scrollable-region-focusable", "target-size"]
"""axe's rules whose answer depends on a page's width or theme."""
SETTINGS: dict[tuple[int, str], Any] = {(1280, "light"): {}, (390, "dark"): {"runOnly": LOOKS}}
IN_BOTH = ("02-type-1.html", "labs/live-migration.html")
"""Pages of each kind, with widgets of each kind; the others are narrow and dark by the same styles,
whose colours are held to their contrast in tests/views. So is the start page, below."""
ALIVE = ("index.html", "04-containers-vs-vms.html")
"""Other tests have these before them, alive, and look at them so; the rest is as it was before."""


@pytest.mark.parametrize("where", [page.address for page in pages() if page.address not in ALIVE])
def test_every_reader_can_use_a_page(visit: Visit, where: str) -> None:
    visit.open(where)
    _every_reader_can_use_it(visit, narrow_and_dark=where in IN_BOTH)
    assert visit.errors == []


def _every_reader_can_use_it(visit: Visit, narrow_and_dark: bool) -> None:
    page = visit.page
    for (width, theme), rules in SETTINGS.items():
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], f"at {width} px the page scrolls sideways"
        if narrow_and_dark or not rules:
            assert faults(page, **rules) == [], f"{width} px, {theme}"


SCREEN = {"viewport": {"width": 1366, "height": 768}}


@pytest.mark.parametrize("visit", [SCREEN], indirect=True)
def test_the_first_screen_asks_in_sixty_words_and_one_click_answers(visit: Visit) -> None:
    page = visit.open("index.html")
    visit.alive("neighbours")
    page.evaluate("scrollTo(0, 0)")
    said = page.locator("#neighbours .hv-says")
    text = [page.locator("main h1").inner_text(), page.locator("main p").first.inner_text()]
    text.append(page.locator("#neighbours .hv-neighbours").inner_text())
    assert len(" ".join(text).split()) <= 60, text
    kernel = page.locator("#neighbours").get_by_role("button", name="kernel", exact=True)
    for part in (kernel, said):
        box = part.bounding_box()
        assert box["y"] + box["height"] < 768, "the reader has to scroll first"  # type: ignore[index]
    kernel.click()
    expect(said).to_contain_text("2 of 2 containers fall, and 1 of 2 virtual machines")
    expect(page.locator("#neighbours [data-state=fallen]")).to_have_count(5)
    _every_reader_can_use_it(visit, narrow_and_dark=True)
    assert visit.errors == []


def test_from_a_stick_it_lives_without_a_server(
    site: Path,
    chromium: Browser,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "stick"
    shutil.copytree(site, folder)
    convert(folder)
    context = chromium.new_context()
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto((folder / "index.html").as_uri())
    page.wait_for_selector("#neighbours[data-state=live]", timeout=90_000)
    page.locator("#neighbours").get_by_role("button", name="kernel").first.click()
    expect(page.locator("#neighbours [role=status]")).to_contain_text("2 of 2 containers fall")
    context.close()
    assert errors == []
