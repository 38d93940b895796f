"""``python -m hvlib.real.image``: makes the image of the computer in the page."""

import argparse
import hashlib
import sys
from pathlib import Path

from hvlib.real.image import PARTS, ImageError
from hvlib.real.image.build import build
from hvlib.words import _


def main() -> int:
    """Make the image and print its files with their hashes; returns the exit status."""
    top = argparse.ArgumentParser("hvlib.real.image", description=_("The computer in the page."))
    top.add_argument("--out", type=Path, help=_("a folder of your own, built in any case"))
    try:
        found = build(top.parse_args().out)
    except ImageError as error:
        print(error, file=sys.stderr)
        return 1
    print(found)
    for name in PARTS:
        data = (found / name).read_bytes()
        print(f"{hashlib.sha256(data).hexdigest()}  {name}  {len(data):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
