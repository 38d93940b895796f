"""Named systems as data, one TOML file each, and the questions that every chapter asks of them.

``parts`` says what a file is made of; ``system`` loads it and answers for it; ``writing`` writes
one. ``failure`` finds what stops with what, and what follows; ``spread``: in which order and for
want of what. The tables: ``victims`` (chapters 2
and 3), ``crossings`` (chapters 2, 3 and 4); ``blast``: who falls to a flaw (chapters 3 and 4);
``classify``: Type 1 or Type 2 (chapter 3); ``sharing``: what two parts have in common (chapter 4).
"""
