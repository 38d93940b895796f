"""What a notebook shows and a reader works with; the only room that imports ipywidgets.

- A model: ``explorer`` with ``knobs``, on a ``stage`` that holds the ``picture``. An experiment:
  ``measure``.
- A system: ``diagram``, several of them: ``comparison``; ``cluster_board`` (chapter 2),
  ``classifier`` (chapter 3), ``ways`` (chapter 4), ``neighbours`` (start page), ``breach`` (who
  falls, chapter 4).
- Computers that the browser runs: ``machines`` (chapters 1 and 2, labs).
- A question: ``exercise``, with ``answering`` before the answer and ``marking`` after it;
  ``practice`` gives problems without end. ``book_map`` is the reader's progress (start page).
- What they share: ``forms`` for programs without widgets, ``live`` for screen readers, ``script``
  for scripts and styles, ``transport`` to step through all that runs.
"""
