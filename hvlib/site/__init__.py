"""The book as plain files: the same notebooks and the same hvlib, with no server and no kernel.

``book`` names the pages, ``cells`` runs a notebook's code, ``stills`` turns results into HTML,
``pages`` writes them; ``parts`` brings Python for the page, and ``front`` runs in it.
"""
