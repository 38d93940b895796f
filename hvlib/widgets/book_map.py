"""The map of the book, with the reader's own progress on it if they ask for it."""

import html
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets

from hvlib.questions import predictions, progress
from hvlib.questions.problems import kinds
from hvlib.questions.progress import Progress
from hvlib.widgets.forms import with_forms
from hvlib.widgets.live import Live
from hvlib.words import _


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


class BookMap(widgets.VBox):
    """Chapters and labs; a switch shows the reader's progress, a button forgets it."""

    def __init__(self) -> None:
        self._map = widgets.Output()
        self._live = Live()
        self._shown = widgets.ToggleButton(
            description=_("Show my progress"), icon="map-marker", layout={"width": "auto"}
        )
        self._shown.observe(lambda _change: self._draw(), names="value")
        self._reset = _button(_("Reset my progress"), "trash", self._ask)
        self._sure = _button(_("Yes, forget it"), "check", self._forget, "danger")
        self._keep = _button(_("Keep it"), "times", self._draw)
        self._bar = widgets.HBox([self._shown], layout={"flex_flow": "row wrap"})
        super().__init__([self._map, self._bar, self._live])
        self.add_class("hv-book-map")
        self._draw()

    def _draw(self) -> None:
        known = progress.load() if self._shown.value else None
        # An output, unlike an HTML widget, lets JupyterLab find what relative links mean.
        data = {"text/html": map_html(known), "text/plain": map_text()}
        self._map.outputs = ({"output_type": "display_data", "data": data, "metadata": {}},)
        more = [self._reset] if known and known.outcomes else []
        self._bar.children = (self._shown, *more)
        self._live.say(_in_words(known) if known else "")

    def _ask(self) -> None:
        self._bar.children = (self._shown, self._sure, self._keep)
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
    """How many of a chapter's questions there are, were answered, and were answered rightly."""
    ids = asked(chapter)
    outcomes = [known.outcomes[id] for id in ids if known.outcomes.get(id, "skipped") != "skipped"]
    return len(ids), len(outcomes), outcomes.count("right")


def map_html(known: Progress | None = None) -> str:
    """The map as HTML: lists of links, with progress where it is given."""
    chapters = "".join(_card(place, known) for place in PLACES if place.number)
    labs = "".join(_card(place, known) for place in PLACES if not place.number)
    return (
        f"<ul class='hv-map' aria-label='{html.escape(_('Map of the book'))}'>{chapters}</ul>"
        f"<ul class='hv-map labs' aria-label='{html.escape(_('Labs'))}'>{labs}</ul>"
    )


def _card(place: Place, known: Progress | None) -> str:
    number = f"<span class='hv-map-number'>{place.number}</span> " if place.number else ""
    return (
        f"<li><a class='hv-map-card' href='{html.escape(place.page)}'>"
        f"{number}<b>{html.escape(place.title)}</b><br><span>{html.escape(place.learnt)}</span>"
        f"{_bar(place, known) if known else ''}</a></li>"
    )


def _bar(place: Place, known: Progress) -> str:
    if not place.number:
        return ""
    total, tried, right = answered(place.number, known)
    text = _("{tried} of {total} answered, {right} right").format(
        tried=tried, total=total, right=right
    )
    widths = (("", 100 * tried / total), ("right", 100 * right / total))
    bars = "".join(f"<i class='{name}' style='width:{part:.0f}%'></i>" for name, part in widths)
    return (
        f"<span class='hv-map-progress' aria-hidden='true'>{bars}</span>"
        f"<small>{html.escape(text)}</small>"
    )


def map_text() -> str:
    """The map as plain text."""
    return "\n".join(
        (f"{place.number} " if place.number else "") + f"{place.title}: {place.learnt}"
        for place in PLACES
    )


def _in_words(known: Progress) -> str:
    """The progress in a sentence a chapter, with what the reader should know about its file."""
    text = _("Chapter {n}: {right} of {total} right.")
    lines = []
    for place in PLACES:
        if place.number:
            total, _tried, right = answered(place.number, known)
            lines.append(text.format(n=place.number, right=right, total=total))
    return " ".join(filter(None, (known.notice, *lines)))


def book_map() -> BookMap:
    """The map of the book, for the start page. Progress shows only when the reader asks for it."""
    return BookMap()
