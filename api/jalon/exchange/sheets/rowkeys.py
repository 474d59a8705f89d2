"""Row keys: words of people's own by which the rows of a workbook name each other, as #word."""

from __future__ import annotations

import re
import unicodedata

MARK = "#"
"""What a row key begins with where it names a row; in its own column it may."""

ROW = MARK
"""The tag of a value that is the key of a row, until that row has an IRI."""

_KEY = re.compile(r"[\w.-]{1,40}")


def row_key(text: str) -> str:
    """A row key without its mark, as it was written; empty for a text that is none."""
    plain = unicodedata.normalize("NFC", text.strip().removeprefix(MARK))
    return plain if _KEY.fullmatch(plain) else ""


def folded(key: str) -> str:
    """A row key as it is compared: however it is capitalised."""
    return unicodedata.normalize("NFC", key.casefold())
