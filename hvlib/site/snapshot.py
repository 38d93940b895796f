"""What the cells of notebooks send to a page, gathered without one: ``python -m ... NOTEBOOK``.

Runs as a process of its own, since :mod:`hvlib.site.front` stands in for IPython. Prints JSON, a
line a page: for each code cell the widget it shows and the messages of all widgets.
"""

import json
import sys
from typing import Any

from hvlib.site import front
from hvlib.site.book import pages
from hvlib.site.cells import cells


def snapshot(address: str) -> list[dict[str, Any]]:
    """The cells of one page. Only those that show a widget are run."""
    page = next(page for page in pages() if page.address == address)
    code = [cell for cell in cells(page) if cell.is_code]
    front.open_book(json.dumps([cell.source for cell in code]), "")
    found = []
    for cell in code:
        view = json.loads(front.run(cell.number))["view"] if cell.is_live else None
        messages = [json.loads(text) for text, _parts in front.taken()]
        found.append({"name": cell.name, "view": view, "messages": messages})
    return found


if __name__ == "__main__":
    for address in sys.argv[1:]:
        print(json.dumps({"address": address, "cells": snapshot(address)}), flush=True)
