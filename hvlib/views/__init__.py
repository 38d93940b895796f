"""From a result, a trace or a system to a picture and a sentence.

Charts: ``chart`` says what one is, ``panel`` what its axes are and ``marks`` what moves in it. A
chart is built with matplotlib by ``drawing``, in ``style`` and ``theme``, read off by ``looks`` and
``record``, and stored by ``export``; ``restore`` makes it anew from what ``stored`` finds, and
``svg`` or ``still`` paints it.
``guess`` draws a reader's own line into it. ``hvlib.models.x`` has its chart in ``hvlib.views.x``:

- Chapter 1: ``consolidation``, ``stepping``, ``monitor``, ``exits``.
- Chapter 2: ``scheduler``, ``waiting``, ``memory``, ``paging``, ``devices``, ``migration``,
  ``cluster``.
- Chapter 3: ``hosted``.
- Chapter 4: ``density``, ``cold_start``, ``throttling``, ``container_network``, ``images``,
  ``isolation``, ``deployment``; its tables in ``table`` and ``closing``.

``printed`` has the small tables that cells of chapters 3 and 4 print.

``measured`` is what the charts of all experiments share; those of ``hvlib.real.x`` are in
``experiments``, ``side_by_side``, ``limits``, ``network``, ``ring``, ``settings`` and
``snapshots``. The start
page's picture is ``neighbours``.

Diagrams of systems: ``layout`` places the boxes, ``route`` the edges, ``scene`` says all that the
picture shows, ``sent`` puts it in the form of the page, ``telling`` and ``why`` in words;
``sketch`` says it in strokes and letters, which ``diagram`` makes a still of. ``board`` is a
cluster at one moment (chapter 2).
"""

import logging


def _helps(record: logging.LogRecord) -> bool:
    """Whether a reader can do anything about what matplotlib says of its folders."""
    text = record.getMessage()
    return not text.startswith(("mkdir -p failed", "Matplotlib created a temporary cache"))


logging.getLogger("matplotlib").addFilter(_helps)
