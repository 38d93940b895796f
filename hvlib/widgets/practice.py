"""Exercises without end: a kind, a level and a seed make a problem; ``exercises(chapter=2)``."""

import html
from typing import Any

import ipywidgets as widgets

from hvlib.arguments import of_kind
from hvlib.questions import progress
from hvlib.questions.problems import LEVELS, kinds, problem
from hvlib.questions.progress import Progress
from hvlib.questions.register import KINDS, Kind
from hvlib.widgets.exercise import Prediction
from hvlib.widgets.forms import with_forms
from hvlib.widgets.marking import as_html, as_text
from hvlib.words import _

LAST_SEED = 999_999
FIRST_WORDS = 90
"""Letters of a problem that its card shows."""
ENOUGH = 2
"""Right answers in a row, each at the first try, after which a level is too easy."""


class Practice(widgets.VBox):
    """A tray of cards, one a kind of problem, and below it the problem of the card that is chosen.

    Each kind has a level and a seed of its own, which can be shared. ``current`` is the Prediction
    that asks; ``kind`` is the chosen one's id. Once it is answered, the way on stands below it.
    """

    def __init__(self, offered: tuple[Kind, ...], kind: str, level: int, seed: int) -> None:
        self._offered = offered
        self._seeds = {item.id: seed for item in offered}
        self._levels = {item.id: level for item in offered}
        self._rights = {item.id: 0 for item in offered}
        self._quiet = False
        self._cards = {item.id: self._card(item.id) for item in offered}
        self._tray = widgets.Box(list(self._cards.values()))
        self._tray.add_class("hv-tray")
        self._level = widgets.Dropdown(
            options=[(_("Level {n}").format(n=n), n) for n in LEVELS],
            description=_("Level"),
            style={"description_width": "auto"},
            layout={"width": "160px"},
        )
        self._seed = widgets.BoundedIntText(
            min=0,
            max=LAST_SEED,
            description=_("Seed"),
            tooltip=_("The same seed gives the same problem to anyone"),
            style={"description_width": "auto"},
            layout={"width": "150px"},
        )
        for control in (self._level, self._seed):
            control.observe(self._set, names="value")
        self._bar = widgets.HBox([self._level, self._seed], layout={"flex_flow": "row wrap"})
        self._on, self._more = _button("arrow-right"), _button("random")
        self._on.on_click(lambda _button: self.choose(self._next_kind()))
        self._more.on_click(lambda _button: self.more())
        super().__init__()
        self.add_class("hv-practice")
        self.choose(kind)

    def _card(self, kind: str) -> widgets.Button:
        card = widgets.Button(layout={"width": "auto", "height": "auto"})
        card.add_class("hv-card")
        card.on_click(lambda _card: self.choose(kind))
        return card

    def choose(self, kind: str) -> None:
        """Ask the problem of a kind, at its level and seed. Raises KeyError for an unknown one."""
        self.kind = kind
        self.current = Prediction(self._problem(kind))
        self.current.when_open(self._answered)
        self._quiet = True
        self._level.value, self._seed.value = self._levels[kind], self._seeds[kind]
        self._quiet = False
        self._show()

    def more(self) -> None:
        """Another problem of the kind: the next seed, and the next level if this is too easy."""
        if self._rights[self.kind] >= ENOUGH and self._levels[self.kind] < LEVELS[-1]:
            self._levels[self.kind] += 1
            self._rights[self.kind] = 0
        self._seeds[self.kind] = (self._seeds[self.kind] + 1) % (LAST_SEED + 1)
        self.choose(self.kind)

    def _set(self, _change: Any) -> None:
        if not self._quiet:
            self._levels[self.kind], self._seeds[self.kind] = self._level.value, self._seed.value
            self.choose(self.kind)

    def _answered(self, at_once: bool) -> None:
        """Count a run of right answers, each ``at_once``, and show the way on."""
        self._rights[self.kind] = self._rights[self.kind] + 1 if at_once else 0
        harder = self._rights[self.kind] >= ENOUGH and self._levels[self.kind] < LEVELS[-1]
        self._more.description = _("A harder one like this") if harder else _("Another like this")
        self._on.description = _("Next: {title}").format(title=KINDS[self._next_kind()].title)
        self._show(self._more, *([self._on] if len(self._offered) > 1 else []))

    def _show(self, *on: widgets.Button) -> None:
        above = (self._tray, self._bar) if len(self._offered) > 1 else ()
        if above:
            self._write_cards()
        self.children = (*above, self.current, widgets.HBox(on))

    def _write_cards(self) -> None:
        known = progress.load()
        for item in self._offered:
            card = self._cards[item.id]
            lines = (item.title, _begin(self._problem(item.id).prompt), _state(item.id, known))
            card.description = "\n".join(lines)
            card.button_style = "primary" if item.id == self.kind else ""

    def _problem(self, kind: str) -> Any:
        return problem(kind, self._seeds[kind], self._levels[kind])

    def _next_kind(self) -> str:
        """The next kind on the tray that is not right yet; else simply the next."""
        ids = [item.id for item in self._offered]
        at = ids.index(self.kind)
        after = [*ids[at + 1 :], *ids[:at]] or ids
        known = progress.load()
        return next((id for id in after if known.outcomes.get(id) != "right"), after[0])

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Live widget; without a kernel one problem of each kind with its answer folded."""
        shown = [(item, self._problem(item.id)) for item in self._offered]
        text = "\n\n".join(f"{k.title}\n{as_text(question)}" for k, question in shown)
        page = "".join(
            f"<h4>{html.escape(k.title)}</h4>{as_html(question)}" for k, question in shown
        )
        return with_forms(super()._repr_mimebundle_(**kwargs), text, **{"text/html": page})


def _button(icon: str) -> widgets.Button:
    button = widgets.Button(icon=icon, layout={"width": "auto"})
    button.add_class("hv-onward")
    return button


def _begin(prompt: str) -> str:
    """The first words of a prompt, cut between two words."""
    if len(prompt) <= FIRST_WORDS:
        return prompt
    return prompt[: prompt.rindex(" ", 0, FIRST_WORDS)].rstrip(" ,;:") + " …"


def _state(kind: str, known: Progress) -> str:
    """How a kind of problem stands with the reader."""
    outcomes = known.firsts.get(kind, ""), known.outcomes.get(kind, "")
    if not outcomes[0]:
        return _("new")
    if outcomes[0] == "right":
        return _("✓ right at the first try")
    return _("✓ right after a look") if outcomes[1] == "right" else _("… not right yet")


def exercises(chapter: int, kind: str = "", level: int = 1, seed: int = 1) -> Practice:
    """Problems of a chapter, made by seed: ``exercises(chapter=2)``.

    ``kind`` is the id of the first one, as ``"2.walk"``. Raises KeyError for a chapter, kind or
    level that does not exist.
    """
    offered = kinds(chapter)
    first = kind or offered[0].id
    if first not in (item.id for item in offered):
        known = ", ".join(item.id for item in offered)
        raise KeyError(f"chapter {chapter} has no kind {first!r}; it has {known}")
    problem(first, of_kind(seed, int, "seed=7"), level)  # raises for an unknown level
    return Practice(offered, first, level, seed)


def exercise(kind: str, level: int = 1, seed: int = 1) -> Practice:
    """Problems of one kind, without a tray: ``exercise("2.walk")``.

    Raises KeyError for a kind or level that does not exist.
    """
    problem(kind, of_kind(seed, int, "seed=7"), level)  # raises
    return Practice((KINDS[kind],), kind, level, seed)
