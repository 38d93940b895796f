"""What the book asks: predictions in the text, problems without end, and what a mistake tells.

- ``question`` is what all questions have in common, ``building`` makes them from computed values,
  ``register`` gives them their ids.
- The predictions of a chapter: ``predictions0`` (start page), ``predictions1``, ``predictions2``,
  ``predictions3``, ``predictions4`` with ``predictions4_costs``; ``predictions`` finds one by id.
- The problems of a chapter: ``problems1`` with ``mutants``, ``problems2``, ``problems3``,
  ``problems4``; those about any system in ``system_problems``; ``problems`` finds a kind by its id.
- ``misconceptions`` are the mistakes that both know (``misconceptions.toml``), ``wrong_rules`` what
  a mistake computes.
- ``sheet`` makes a notebook to hand out; ``progress`` keeps what a reader has answered.
"""
