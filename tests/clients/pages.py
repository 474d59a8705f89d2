"""The pages of docs/clients as programs: what stands in their blocks is run, as it stands there."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from jalon.content.locate import find_pack

ROOT = find_pack(None)
PAGES = sorted((ROOT / "docs" / "clients").glob("*.md"))
SHELL = "sh"
SERVICE = "http://127.0.0.1:8000"
"""Where the guides say that the service is."""

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$\n?", re.MULTILINE | re.DOTALL)
_PRINTED = "text"


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of one language, and what they print: the text right after them, or nothing."""

    page: Path
    number: int
    language: str
    code: str
    printed: str

    @property
    def name(self) -> str:
        """Which page it is on, and the how manieth it is there."""
        return f"{self.page.stem}-{self.number}"


def blocks_of(page: Path) -> list[Block]:
    """What is run of a page, in order. Raises ValueError for text that nothing prints."""
    text = page.read_text(encoding="utf-8")
    found: list[Block] = []
    end = 0
    for match in _BLOCK.finditer(text):
        language, content = match.groups()
        if language != _PRINTED:
            found.append(Block(page, len(found) + 1, language, content, ""))
        elif not found or found[-1].printed or text[end : match.start()].strip():
            raise ValueError(f"{page.name}: no block prints “{content}”")
        else:
            last = found[-1]
            found[-1] = Block(page, last.number, last.language, last.code, content)
        end = match.end()
    return found
