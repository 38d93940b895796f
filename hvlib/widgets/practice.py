"""Exercises without end: a kind, a level and a seed make a problem; ``exercises(chapter=2)``."""

import html
from typing import Any

import ipywidgets as widgets

from hvlib.questions.problems import LEVELS, kinds, problem
from hvlib.questions.register import Kind
from hvlib.widgets.exercise import Prediction
from hvlib.widgets.forms import with_forms
from hvlib.widgets.marking import as_html, as_text
from hvlib.words import _

LAST_SEED = 999_999


class Practice(widgets.VBox):
    """Menus for kind and level, a seed that can be shared, and the problem that they make.

    ``current`` is the Prediction that asks it.
    """

    def __init__(self, offered: tuple[Kind, ...], kind: str, level: int, seed: int) -> None:
        self._offered = offered
        self._quiet = False
        self._kind = widgets.Dropdown(
            options=[(item.title, item.id) for item in offered],
            value=kind,
            description=_("Kind"),
            style={"description_width": "auto"},
        )
        self._level = widgets.Dropdown(
            options=[(_("Level {n}").format(n=n), n) for n in LEVELS],
            value=level,
            description=_("Level"),
            style={"description_width": "auto"},
            layout={"width": "160px"},
        )
        self._seed = widgets.BoundedIntText(
            value=seed,
            min=0,
            max=LAST_SEED,
            description=_("Seed"),
            tooltip=_("The same seed gives the same problem to anyone"),
            style={"description_width": "auto"},
            layout={"width": "150px"},
        )
        new = widgets.Button(description=_("New problem"), icon="random")
        new.on_click(lambda _button: self.next())
        for control in (self._kind, self._level, self._seed):
            control.observe(self._changed, names="value")
        self._bar = widgets.HBox(
            [self._kind, self._level, self._seed, new], layout={"flex_flow": "row wrap"}
        )
        super().__init__()
        self.add_class("hv-practice")
        self.ask(kind, level, seed)

    def ask(self, kind: str, level: int, seed: int) -> None:
        """Ask the problem of a kind, level and seed. Raises KeyError for an unknown one."""
        self.current = Prediction(problem(kind, seed, level))
        self._quiet = True
        self._kind.value, self._level.value, self._seed.value = kind, level, seed
        self._quiet = False
        self.children = (self._bar, self.current)

    def next(self) -> None:
        """The problem of the next seed."""
        self.ask(self._kind.value, self._level.value, (self._seed.value + 1) % (LAST_SEED + 1))

    def _changed(self, _change: Any) -> None:
        if not self._quiet:
            self.ask(self._kind.value, self._level.value, self._seed.value)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        """Live widget; without a kernel one problem of each kind with its answer folded."""
        shown = [(item, problem(item.id, self._seed.value)) for item in self._offered]
        text = "\n\n".join(f"{k.title}\n{as_text(question)}" for k, question in shown)
        page = "".join(
            f"<h4>{html.escape(k.title)}</h4>{as_html(question)}" for k, question in shown
        )
        return with_forms(super()._repr_mimebundle_(**kwargs), text, **{"text/html": page})


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
    problem(first, seed, level)  # raises for an unknown level
    return Practice(offered, first, level, seed)
