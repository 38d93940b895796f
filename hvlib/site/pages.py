"""Writes a notebook's page: its text, its cells with their stills, and the frame around them."""

import html
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from hvlib.edition import ENGLISH, edition
from hvlib.real import image
from hvlib.site.book import Page, editions, pages
from hvlib.site.cells import Cell, cells, slug, with_depth
from hvlib.site.stills import NARROW, TABLE, Stills
from hvlib.words import LANGUAGE, _

WEB = Path(__file__).parent / "web"
BOOK = _("Hypervisors and containers")


def render(
    page: Page,
    stills: Stills,
    run: str,
    machine: str = "",
    searched: bool = True,
    translation: str = "",
    built: Sequence[str] = (),
) -> str:
    """A page as HTML. run, machine: the folders of Python and of the computer in the page.

    translation: the archive of the language's texts. built: the other languages of the site.
    """
    order = pages()
    at = order.index(page)
    found = cells(page)
    body = "\n".join(_folding(found, [_cell(page, cell, stills) for cell in found]))
    if page.is_lab:
        body = body.replace("</h1>", "</h1>\n" + _about_lab(page), 1)
    settings: dict[str, Any] = {
        "run": run,
        "machine": machine,
        "site": page.link("."),
        "words": _spoken(),
    }
    if translation:
        settings["translation"] = translation
    if machine:
        settings["machine_bytes"] = image.size()
    text: str = _template().render(
        page=page,
        book=BOOK,
        lang=LANGUAGE,
        editions=_editions(page, built),
        title=re.sub(r"^\d+ ", "", _heading(body)),
        description=_description(found),
        css=Markup(
            _css() + _letters(page) + (f".hv-diagram{{{stills.look}}}" if stills.look else "")
        ),
        styles=[Markup(style) for style in stills.styles],
        body=Markup(_numbered(body)),
        contents=Markup(_contents(page, body)),
        previous=order[at - 1] if at else None,
        next=order[at + 1] if at + 1 < len(order) else None,
        name=_name,
        searched=searched,
        settings=Markup(json.dumps(settings).replace("<", "\\u003c")),
        words=_words(),
    )
    return text


def _name(page: Page) -> str:
    return f"{page.number} {page.title}" if page.number else page.title


@cache
def _template() -> Any:
    loader = FileSystemLoader(WEB)
    made = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return made.get_template("page.html")


def _editions(page: Page, built: Sequence[str]) -> list[dict[str, str]]:
    """The page in other languages: what each is called in its own words, and where it is."""
    return [
        {
            "language": language,
            "name": "English" if language == ENGLISH else edition(language).name,
            "address": page.link(address),
        }
        for language, address in editions(page.address, built).items()
    ]


FONTS = "fonts"
"""Where a translated edition's fonts lie."""


def _letters(page: Page) -> str:
    """The style of the language: its fonts, and how its lines are set."""
    if LANGUAGE == ENGLISH:
        return ""
    folder = edition(LANGUAGE).folder
    faces = "".join(
        f'@font-face{{font-family:"{FACE}";font-weight:{weight};font-display:swap;'
        f'src:url("{page.link(f"{FONTS}/{path.stem}.woff")}") format("woff")}}'
        for path in sorted((folder / FONTS).glob("*.otf"))
        for weight in ("bold" if "Bold" in path.stem else "normal",)
    )
    rules = (folder / "edition.css").read_text("utf-8")
    own = f":lang({LANGUAGE}){{--sans:var(--jp-content-font-family)}}"
    return faces + re.sub(r"/\*.*?\*/|\s*\n\s*", " ", rules) + own


FACE = "Noto Sans KR"
"""What the edition's style calls the fonts that come with it."""


@cache
def _css() -> str:
    """The style sheet without its comments and line breaks; it stands in each page."""
    text = re.sub(r"/\*.*?\*/", "", (WEB / "book.css").read_text("utf-8"), flags=re.DOTALL)
    return re.sub(r"\s*\n\s*", " ", text)


def _words() -> dict[str, str]:
    return {
        "book": BOOK,
        "close": _("Close"),
        "contents": _("Contents"),
        "next": _("Next"),
        "previous": _("Previous"),
        "search": _("Search"),
        "skip": _("Skip to the text"),
        "theme": _("Light or dark"),
        "turn": _("Previous and next page"),
    }


def _spoken() -> dict[str, str]:
    """What the page's script says."""
    return {
        "link": _("Link to this state"),
        "no_search": _("Search does not work here."),
        "nothing": _("Nothing found."),
        "wake": _("Make the pictures live (loads 9 MB)"),
    }


def _numbered(body: str) -> str:
    """Tables with names of their own, so that each can be told from the others."""
    numbers = itertools.count(1)
    return re.sub(re.escape(TABLE), lambda _found: TABLE[:-1] + f' {next(numbers)}"', body)


def _heading(body: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", body, re.DOTALL)
    return html.unescape(re.sub(r"<a .*?</a>|<[^>]+>", "", found[1])) if found else BOOK


def _description(found: Sequence[Cell]) -> str:
    """The first sentence of the text."""
    text = re.sub(r"^#.*$", "", found[0].source, flags=re.MULTILINE).strip()
    return re.split(r"(?<=[.?!]) ", re.sub(r"[*_`]", "", text))[0]


def _contents(page: Page, body: str) -> str:
    """All pages, and the sections of this one."""
    items = []
    for other in pages():
        here = ' aria-current="page"' if other is page else ""
        labs = ' class="labs"' if other.is_lab and other.reader.name.startswith("build-a-h") else ""
        link = f'<a href="{page.link(other.address)}"{here}>{html.escape(_name(other))}</a>'
        inner = _sections(body) if other is page else ""
        items.append(f"<li{labs}>{link}{inner}</li>")
    return f'<ol class="toc">{"".join(items)}</ol>'


def _sections(body: str) -> str:
    heads = re.findall(r'<h2 id="([^"]+)">(.*?) <a class="anchor"', body)
    items = "".join(f'<li><a href="#{id}">{text}</a></li>' for id, text in heads)
    return f'<ol class="toc">{items}</ol>'


def _about_lab(page: Page) -> str:
    text = _(
        "A lab is worked in JupyterLab, on Linux: {command} opens the book, and the lab is the "
        "notebook {file}. Here you can read it, with one solution of each step folded away."
    )
    file = f'<a href="{page.reader.name}" download>labs/{page.reader.name}</a>'
    return f'<p class="note">{text.format(command="<code>make lab</code>", file=file)}</p>'


# --- text -----------------------------------------------------------------------------------------


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": True}).enable("table")


def _text(page: Page, source: str) -> str:
    """Markdown as HTML, with an address for each heading and links that lead to pages."""
    tokens = _markdown().parse(source)
    for token, inner in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and inner is not None and token.tag != "h1":
            _address(token, inner)
        for child in token.children or ():
            if child.type == "link_open":
                child.attrs["href"] = page.resolve(str(child.attrs["href"]))
    text: str = _markdown().renderer.render(tokens, _markdown().options, {})
    return text.replace("<table>", f"<div {TABLE}><table>").replace("</table>", "</table></div>")


def _address(heading: Token, inline: Token) -> None:
    name = slug(inline.content)
    heading.attrs["id"] = name
    label = html.escape(_("Link to this section"))
    link = f' <a class="anchor" data-pagefind-ignore href="#{name}" aria-label="{label}">#</a>'
    inline.children = [*(inline.children or []), Token("html_inline", "", 0, content=link)]


# --- cells ----------------------------------------------------------------------------------------


def _cell(page: Page, cell: Cell, stills: Stills) -> str:
    if not cell.is_code:
        return _text(page, cell.source)
    out = stills.of(cell).replace(f'src="{NARROW}/', f'src="{page.link(narrow(page))}/')
    live = " data-live" if cell.is_live else ""
    parts = (out, _folded(_("Code"), cell.source)) if cell.is_folded else (*_open(cell), out)
    return f'<section class="cell" id="{cell.name}"{live}>{"".join(parts)}</section>'


def narrow(page: Page) -> str:
    """The folder of a page's pictures for narrow screens, from the root of the site."""
    return "stills/" + Path(page.address).stem


def _folding(found: Sequence[Cell], made: Sequence[str]) -> Iterator[str]:
    """The cells as HTML, those of each section that goes deeper inside one that is opened."""
    is_open = False
    for (cell, is_deeper), text in zip(with_depth(found), made, strict=True):
        if is_open and (cell.folds or not is_deeper):
            yield "</details>"
        is_open = is_deeper
        if cell.folds:
            head, end, rest = text.partition(f"</h{cell.heading}>")
            head = re.sub(r' <a class="anchor".*?</a>', "", head)  # the summary is a control itself
            yield f'<details class="deeper"><summary>{head}{end}</summary>{rest}'
        else:
            yield text
    if is_open:
        yield "</details>"


def _open(cell: Cell) -> tuple[str, ...]:
    """Code that is meant to be read; of a lab, the task, and its solution folded."""
    if cell.has_solution:
        return (_code(cell.task, ""), _folded(_("One solution"), cell.source))
    return (_code(cell.source, "source"),)


def _folded(title: str, source: str) -> str:
    return (
        f'<details class="code" data-pagefind-ignore><summary>{html.escape(title)}</summary>'
        f"{_code(source, 'source')}</details>"
    )


def _code(source: str, name: str) -> str:
    coloured = highlight(source, PythonLexer(stripnl=False, ensurenl=False), _FORMATTER)
    pre = '<pre class="code hl" tabindex="0" data-pagefind-ignore>'
    return f'{pre}<code class="{name}">{coloured}</code></pre>'


_FORMATTER = HtmlFormatter(nowrap=True)
