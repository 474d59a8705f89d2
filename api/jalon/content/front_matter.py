"""The TOML front matter of query files: the leading lines that start with ``#+``."""

from __future__ import annotations

import re
import tomllib

from jalon.errors import FileUnreadable

_MARK = "#+"


def parse_front_matter(text: str, name: str) -> dict[str, object]:
    """The table in the front matter of a query text; errors as for a file called ``name``."""
    lines = []
    for line in text.split("\n"):
        if not line.startswith(_MARK):
            break
        lines.append(line.removeprefix(_MARK))
    try:
        return tomllib.loads("\n".join(lines))
    except tomllib.TOMLDecodeError as exc:
        place = re.search(r"at line (\d+)", str(exc))
        line_number = int(place[1]) if place else len(lines)
        raise FileUnreadable(file=name, line=line_number, reason=str(exc)) from exc
