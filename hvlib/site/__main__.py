"""``python -m hvlib.site``: writes the book as plain files into the folder ``site``."""

import argparse
import sys
from pathlib import Path

from hvlib.site.build import build
from hvlib.site.parts import PartsError
from hvlib.site.stick import convert
from hvlib.words import _


def main() -> int:
    """Build the site; returns the exit status."""
    top = argparse.ArgumentParser("hvlib.site", description=_("The book as plain files."))
    top.add_argument("--out", type=Path, default=Path("site"), help=_("the folder to write"))
    top.add_argument("--file", action="store_true", help=_("to be opened without a server"))
    chosen = top.parse_args()
    try:
        build(chosen.out)
    except PartsError as error:
        print(error, file=sys.stderr)
        return 1
    if chosen.file:
        convert(chosen.out)
    print(chosen.out / "index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
