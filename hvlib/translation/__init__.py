"""The translators' tools; a reader's process needs none of them.

``extract`` finds what is to be translated, ``notebooks`` builds an edition's notebooks, ``todo``
hands out texts and takes translations back, ``checks`` says what is wrong with one,
``editions`` (``make translation EDITION=ko``) does all of it and tells how far an edition is.
``po`` reads and writes translators' files. ``fonts`` cuts an edition's fonts to its letters.
How to work with them: ``hvlib/locale/README.md``.
"""
