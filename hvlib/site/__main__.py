"""``python -m hvlib.site``: writes the book as plain files into the folder ``site``."""

import argparse
import sys
from pathlib import Path

from hvlib.site.build import build, build_within, ready
from hvlib.site.parts import PartsError
from hvlib.site.stick import convert
from hvlib.words import _


def main() -> int:
    """Build the site; returns the exit status."""
    top = argparse.ArgumentParser("hvlib.site", description=_("The book as plain files."))
    top.add_argument("--out", type=Path, default=Path("site"), help=_("the folder to write"))
    top.add_argument("--file", action="store_true", help=_("to be opened without a server"))
    top.add_argument("--within", nargs=2, help=argparse.SUPPRESS)  # an edition, in the English site
    chosen = top.parse_args()
    try:
        if chosen.within:
            build_within(chosen.out, *chosen.within)
            return 0
        build(chosen.out, () if chosen.file else ready())  # files can't load a page's texts
    except PartsError as error:
        print(error, file=sys.stderr)
        return 1
    if chosen.file:
        convert(chosen.out)
    print(chosen.out / "index.html")
    return 0


if __name__ == "__main__":
    sys.exit(main())
