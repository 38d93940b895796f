"""Writes the ledger of pictures anew; read the diff before you commit."""

from tests.ledger.pictures import FOLDER, pictures, stale, stored

FOLDER.mkdir(exist_ok=True)
for path in stale():
    path.unlink()
for name, text in pictures().items():
    stored(name).write_text(text(), encoding="utf-8")
