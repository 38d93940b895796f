"""The map of the book, with the reader's own progress on it."""

import html
import os
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from hvlib.edition import ENGLISH, START, WHOLE, edition, languages
from hvlib.questions import predictions, progress
from hvlib.questions.problems import kinds
from hvlib.questions.progress import Progress
from hvlib.widgets.forms import with_forms
from hvlib.widgets.live import Live
from hvlib.widgets.script import script
from hvlib.words import LANGUAGE, _, ngettext


@dataclass(frozen=True, slots=True)
class Place:
    """A chapter (number above 0) or a lab (0) on the map, and what is learnt there.

    page: its notebook, by its path from the start page.
    """

    number: int
    title: str
    learnt: str
    page: str


PLACES: tuple[Place, ...] = (
    Place(
        1,
        _("What is a hypervisor?"),
        _("trap and emulate, exits, consolidation"),
        "01-definition.ipynb",
    ),
    Place(
        2,
        _("Type 1: on bare metal"),
        _("Xen, ESX, Oracle VM: CPU, memory, clusters"),
        "02-type-1.ipynb",
    ),
    Place(
        3,
        _("Type 2: the hosted hypervisor"),
        _("Workstation, Player, VirtualBox, and KVM"),
        "03-type-2.ipynb",
    ),
    Place(
        4,
        _("Containers and virtual machines"),
        _("one kernel or many: density and isolation"),
        "04-containers-vs-vms.ipynb",
    ),
    Place(
        0, _("Lab: build a hypervisor"), _("with chapters 1 and 2"), "labs/build-a-hypervisor.ipynb"
    ),
    Place(0, _("Lab: live migration"), _("with chapter 2"), "labs/live-migration.ipynb"),
    Place(0, _("Lab: build a container"), _("with chapter 4"), "labs/build-a-container.ipynb"),
)


PACE = 200  # words a minute, of a text that one learns from; trying things out comes on top


@cache
def _lengths() -> dict[str, dict[str, int]]:
    """How long each chapter is, as :mod:`hvlib.site.lengths` has stored it."""
    return tomllib.loads((Path(__file__).parent / "lengths.toml").read_text("utf-8"))


def reading(place: Place) -> str:
    """How long a chapter's text takes: its main path, and what goes deeper. Of a lab nothing."""
    known = _lengths().get(place.page)
    if known is None:
        return ""
    text = _("{minutes} minutes to read").format(minutes=_minutes(known["main"]))
    if not known["sections"]:
        return text
    deeper = _("{text}, {minutes} more to go deeper").format(
        text=text, minutes=_minutes(known["deeper"])
    )
    if not known["questions"]:
        return deeper
    told = ngettext(
        "{text} (with {count} of its questions)", "{text} (with {count} of its questions)",
        known["questions"],
    )  # fmt: skip
    return told.format(text=deeper, count=known["questions"])


def _minutes(words: int) -> int:
    return max(1, round(words / PACE))


class Told(Live):
    """The progress in words; it wears the style of the map above it."""

    _css = script("live.css", "map.css")


class BookMap(widgets.VBox):
    """Chapters and labs with the reader's progress, and a button that forgets it."""

    def __init__(self) -> None:
        self._map = widgets.Output()
        self._live = Told()
        self._reset = _button(_("Reset my progress"), "trash", self._ask)
        self._sure = _button(_("Yes, forget it"), "check", self._forget, "danger")
        self._keep = _button(_("Keep it"), "times", self._draw)
        self._bar = widgets.HBox([], layout={"flex_flow": "row wrap"})
        super().__init__([self._map, self._bar, self._live])
        self.add_class("hv-book-map")
        self._draw()

    def _draw(self) -> None:
        known = progress.load()
        # An output, unlike an HTML widget, lets JupyterLab find what relative links mean.
        data = {"text/html": map_html(known), "text/plain": map_text()}
        self._map.outputs = ({"output_type": "display_data", "data": data, "metadata": {}},)
        self._bar.children = (self._reset,) if known.outcomes else ()
        self._live.say(known.notice)

    def _ask(self) -> None:
        self._bar.children = (self._sure, self._keep)
        self._live.say(_("Forget all your answers? This can't be undone."))

    def _forget(self) -> None:
        progress.reset()
        self._draw()
        self._live.say(_("Your progress is forgotten."))

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Live widget; without a kernel the map without progress."""
        bundle = super()._repr_mimebundle_(**kwargs)
        return with_forms(bundle, map_text(), **{"text/html": map_html()})


def _button(text: str, icon: str, act: Any, style: str = "") -> widgets.Button:
    button = widgets.Button(
        description=text, icon=icon, button_style=style, layout={"width": "auto"}
    )
    button.on_click(lambda _button: act())
    return button


def asked(chapter: int) -> tuple[str, ...]:
    """The ids of everything that a chapter asks: its predictions and its kinds of problem."""
    return (*predictions.ids(chapter), *(kind.id for kind in kinds(chapter)))


def answered(chapter: int, known: Progress) -> tuple[int, int, int]:
    """How many of a chapter's questions there are, and how many were answered rightly: at the
    first try, and only later, when the reader had been told more."""
    ids = asked(chapter)
    first = sum(known.firsts.get(id) == "right" for id in ids)
    right = sum("right" in (known.firsts.get(id), known.outcomes.get(id)) for id in ids)
    return len(ids), first, right - first


def map_html(known: Progress | None = None) -> str:
    """The map as HTML: lists of links, with progress where it is given."""
    chapters = "".join(_card(place, known) for place in PLACES if place.number)
    labs = "".join(_card(place, known) for place in PLACES if not place.number)
    return (
        f"<ul class='hv-map' aria-label='{html.escape(_('Map of the book'))}'>{chapters}</ul>"
        f"<ul class='hv-map labs' aria-label='{html.escape(_('Labs'))}'>{labs}</ul>"
        f"{_editions()}"
    )


def _editions() -> str:
    """Links to the start page in the other languages, each in its own words; empty without one.

    A page of the site has them in its head.
    """
    if os.environ.get("HVLIB_TRACES") == "page":
        return ""
    links = []
    for name in languages():
        known = None if name == ENGLISH else edition(name)
        if name != LANGUAGE and known and known.complete < WHOLE:
            continue
        text = html.escape(known.name if known else "English")
        text += f" ({known.complete:.0%})" if known and known.complete < 1 else ""
        up = "" if LANGUAGE == ENGLISH else "../"
        page = f"{up}{START}" if name == ENGLISH else f"{up}{name}/{START}"
        attributes = f"href='{page}' hreflang='{name}' lang='{name}'"
        links.append(f"<b>{text}</b>" if name == LANGUAGE else f"<a {attributes}>{text}</a>")
    return f"<p class='hv-map-editions'>{' · '.join(links)}</p>" if len(links) > 1 else ""


def _card(place: Place, known: Progress | None) -> str:
    number = f"<span class='hv-map-number'>{place.number}</span> " if place.number else ""
    return (
        f"<li><a class='hv-map-card' href='{html.escape(place.page)}'>"
        f"{number}<b>{html.escape(place.title)}</b><br><span>{html.escape(place.learnt)}</span>"
        f"{_reading(place)}"
        f"{_bar(place, known) if known else ''}</a></li>"
    )


def _reading(place: Place) -> str:
    text = reading(place)
    return f"<small class='hv-map-reading'>{html.escape(text)}</small>" if text else ""


def _bar(place: Place, known: Progress) -> str:
    if not place.number or not known.chapter(place.number):
        return ""
    total, first, later = answered(place.number, known)
    text = _("Of {total} questions, {first} right at the first try, {later} after a look").format(
        total=total, first=first, later=later
    )
    widths = (("", 100 * (first + later) / total), ("right", 100 * first / total))
    bars = "".join(f"<i class='{name}' style='width:{part:.0f}%'></i>" for name, part in widths)
    return (
        f"<span class='hv-map-progress' aria-hidden='true'>{bars}</span>"
        f"<small>{html.escape(text)}</small>"
    )


def map_text() -> str:
    """The map as plain text."""
    return "\n".join(
        (f"{place.number} " if place.number else "")
        + "; ".join(filter(None, (f"{place.title}: {place.learnt}", reading(place))))
        for place in PLACES
    )


def book_map() -> BookMap:
    """The map of the book, for the start page, with what the reader has answered so far."""
    return BookMap()
