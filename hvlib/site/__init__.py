"""The book as plain files: the same notebooks and the same hvlib, with no server and no kernel.

``build`` makes the site. ``book`` names the pages, ``cells`` reads a notebook's cells, ``stills``
with ``snapshot`` is what they show before Python is there, ``pages`` writes them, and ``lengths``
counts their words. ``parts`` brings Python for the page, ``inside`` compiles what it imports, and
``front`` runs in it. ``stick`` makes a site for a USB stick, ``lite`` the edition in JupyterLite;
``serving`` serves a site here.
"""
