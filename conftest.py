"""A notebook that a test runs is compared with what is stored, and so draws its stills alike."""

import os

os.environ.setdefault("HVLIB_STILLS", "png")
os.environ.pop("HVLIB_LANGUAGE", None)  # a notebook speaks the language of its folder
