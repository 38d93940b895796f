"""Everything that the book says to a reader, as (where, text) pairs."""

import html
import re
from collections.abc import Iterator
from random import Random
from typing import Any

Said = tuple[str, str]


def everything() -> Iterator[Said]:
    """All of it, room by room."""
    for room in (models, charts, questions, systems, tables, widgets, machine, commands):
        yield from room()


def models() -> Iterator[Said]:
    """Titles, knobs, quantities and sentences of every model."""
    from hvlib.models.model import models as all_models

    for model in all_models():
        where = f"models.{model.__name__}"
        yield f"{where}.title", model.title
        for field in model.knobs().values():
            knob = field.knob
            texts = [knob.label, knob.unit, knob.help, *(name for _v, name in knob.ticks)]
            texts += [field.allowed, *(field.name_of(choice) for choice in field.choices)]
            for text in texts:
                yield f"{where}.{field.name}", text
        for quantity in model.quantities.values():
            yield f"{where}.quantity", f"{quantity.label} {quantity.unit}"
        for name in model.presets:
            yield f"{where}.preset", name
        for question in settings(model):
            yield f"{where}.describe {question.state()}", question.run().describe()


def settings(model: Any) -> list[Any]:
    """Its defaults, each choice and switch, and some places of all sliders at once."""
    knobs = model.knobs().values()
    ends = {f.name: f.choices or ((False, True) if f.kind == "bool" else ()) for f in knobs}
    found = [model(), *(model(**{name: end}) for name, all in ends.items() for end in all)]
    for seed in range(8):
        random = Random(seed)
        at = {f.name: random.choice((*(ends[f.name] or _stops(f)), f.default)) for f in knobs}
        found.append(model(**at))
    return found


def _stops(field: Any) -> tuple[Any, ...]:
    low, high = field.knob.low, field.knob.high
    middle = (low + high) / 2
    return low, high, round(middle) if field.kind == "int" else middle


def charts() -> Iterator[Said]:
    """What stands in every picture: fixed, or as mark or tick of one of its states."""
    from matplotlib.text import Text

    from hvlib.models.model import models as all_models
    from hvlib.views.chart import chart_of
    from hvlib.views.drawing import Drawing

    for model in all_models():
        try:
            drawn = Drawing(chart_of(model))
        except LookupError:
            continue
        where, chart = f"charts.{model.__name__}", drawn.chart
        for head in (*drawn.heads(), *drawn.figure.texts):
            for artist in head.findobj(Text):
                yield where, artist.get_text()
        for question in settings(model)[:12]:
            chart.move(question.run())
            for mark in chart.marks:
                if mark.visible and mark.kind == "text":
                    yield f"{where} {question.state()}", mark.text
            for panel in chart.panels:
                for _place, name in (*panel.x.ticks(), *panel.y.ticks()):
                    yield f"{where} {question.state()}", name


def questions() -> Iterator[Said]:
    """Every prediction, and some problems of every kind and level."""
    from hvlib.questions.misconceptions import BOOK
    from hvlib.questions.predictions import ids, prediction
    from hvlib.questions.problems import LEVELS, kinds, problem

    for id in ids():
        yield from _question(f"prediction {id}", prediction(id))
    for chapter in (1, 2, 3, 4):
        for kind in kinds(chapter):
            yield f"kind {kind.id}", kind.title
            for level in LEVELS:
                for seed in range(6):
                    where = f"problem {kind.id} {seed} {level}"
                    yield from _question(where, problem(kind.id, seed, level))
    for known in BOOK.values():
        for text in (known.claim, known.breaks, known.source):
            yield f"misconception {known.id}", text


def _question(where: str, question: Any) -> Iterator[Said]:
    from hvlib.questions.sheet import task
    from hvlib.widgets.marking import as_html, as_text

    texts = [question.prompt, question.because, question.exhibit, question.answer_text()]
    texts += [*question.hints, *question.steps, getattr(question, "unit", "")]
    texts += getattr(question, "names", {}).values()
    texts += [as_text(question), plain(as_html(question)), task(question)]
    for trap in question.traps:
        texts.append(question.check(question.guess_of(trap)).says)
    for text in texts:
        yield where, text


def systems() -> Iterator[Said]:
    """Every system's picture with all that a click shows, and in words."""
    from hvlib.systems.system import load, names
    from hvlib.views.scene import scene_of
    from hvlib.views.sent import as_json
    from hvlib.views.telling import describe

    for id in names():
        scene = scene_of(load(id))
        for text in _shown(as_json(scene)):
            yield f"system {id}", text
        for item in scene.system.components:
            for moment, _what in enumerate(scene.system.moments([item.id])):
                yield f"system {id} {item.id}", describe(scene, [item.id], moment=moment)
        for flow in scene.system.all_flows:
            for step in range(len(flow.steps) + 1):
                yield f"system {id} {flow.id} {step}", describe(scene, (), flow.id, step)


_IDS = frozenset(
    [
        "id",
        "kind",
        "inside",
        "layer",
        "between",
        "at",
        "edge",
        "head",
        "state",
        "badge",
        "concerns",
        "key",
        "keys",
        "edges",
        "starts",
        "path",
        "marks",
        "gate",
        "roots",
        "blames",
        "checked",
        "sources",
        "rings",
        "product",
        "version",
        "date",
        "page",
        "default",
    ]
)


def _shown(node: Any, key: str = "") -> Iterator[str]:
    """The texts in the data that goes to the page."""
    if key in _IDS:
        return
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for name, value in node.items():
            yield from _shown(value, name)
    elif isinstance(node, (list, tuple)):
        for value in node:
            yield from _shown(value, key)


def tables() -> Iterator[Said]:
    """What a cell tabulates."""
    from hvlib.host.falls import isolation
    from hvlib.models.deployment import Deployment
    from hvlib.models.migration import Migration
    from hvlib.published.chapters import comparisons
    from hvlib.systems.crossings import crossing_table
    from hvlib.systems.system import names
    from hvlib.systems.victims import victims_table
    from hvlib.views.closing import closing_table
    from hvlib.views.table import ha_timeline, one_machine, plans_table, real_flaws

    found = {f"comparisons({chapter})": comparisons(chapter) for chapter in (1, 2, 3, 4)}
    found |= {
        "closing_table": closing_table(),
        "ha_timeline": ha_timeline(),
        "one_machine": one_machine(),
        "plans_table": plans_table(Deployment().run()),
        "real_flaws": real_flaws(),
        "crossing_table": crossing_table(names(), ("packet", "disk", "packet+back")),
        "victims_table": victims_table({"xen": ["dom0", "xen"], "kvm": ["kernel"]}),
    }
    del isolation, Migration
    for name, table in found.items():
        yield name, repr(table)
        if hasattr(table, "describe"):
            yield name, table.describe()


def widgets() -> Iterator[Said]:
    """Every widget that a cell shows, by what its parts say."""
    from hvlib.models.model import models as all_models
    from hvlib.questions.predictions import ids
    from hvlib.systems.system import load
    from hvlib.views.chart import chart_of
    from hvlib.widgets.book_map import book_map
    from hvlib.widgets.breach import breach
    from hvlib.widgets.classifier import classifier
    from hvlib.widgets.cluster_board import cluster_board
    from hvlib.widgets.comparison import compare
    from hvlib.widgets.diagram import show
    from hvlib.widgets.exercise import predict
    from hvlib.widgets.explorer import explore
    from hvlib.widgets.neighbours import neighbours
    from hvlib.widgets.practice import exercises
    from hvlib.widgets.ways import ways

    made: dict[str, Any] = {
        "book_map": book_map,
        "classifier": lambda: classifier("kvm"),
        "cluster_board": cluster_board,
        "compare": lambda: compare("xen", "kvm"),
        "show": lambda: show("docker"),
        "neighbours": lambda: neighbours(),
        "ways": ways,
        "breach": lambda: breach(load("docker")),
    }
    made |= {f"predict {id}": (lambda id=id: predict(id)) for id in ids()}
    made |= {f"exercises {n}": (lambda n=n: exercises(n)) for n in (1, 2, 3, 4)}
    for model in all_models():
        try:
            chart_of(model)
        except LookupError:
            continue
        made[f"explore {model.__name__}"] = lambda model=model: explore(model)
    for name, make in made.items():
        widget = make()
        for text in _traits(widget, set()):
            yield f"widget {name}", text
        bundle = widget._repr_mimebundle_()
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        yield f"widget {name} text", data.get("text/plain", "")
        yield f"widget {name} html", plain(data.get("text/html", ""))


_WORDY = ("description", "tooltip", "value", "placeholder", "caption", "unit", "tip", "ticks")
_WORDY += ("words", "label", "alt", "text", "sentence", "options", "_options_labels", "html")


def _traits(widget: Any, seen: set[int]) -> Iterator[str]:
    if id(widget) in seen:
        return
    seen.add(id(widget))
    for name in widget.trait_names():
        if name in _WORDY and not (name == "value" and type(widget).__name__ in _MENUS):
            for text in _shown(getattr(widget, name)):
                yield plain(text)
    for child in getattr(widget, "children", ()):
        yield from _traits(child, seen)


_MENUS = ("Dropdown", "_Menu", "_StateBox")


def machine() -> Iterator[Said]:
    """The reader's own machine, drawn and told."""
    return iter(())


def commands() -> Iterator[Said]:
    """The command line."""
    return iter(())


def plain(text: str) -> str:
    """Text without tags and what they hold for machines."""
    text = re.sub(r"(?s)<(style|script|svg).*?</\1>", " ", text)
    return html.unescape(re.sub(r"<[^>]+>", " ", text))
