"""Opens a workbook that came from outside, in the process that may be killed for it.

What is never taken is refused before anything is unpacked: macros, links to other workbooks,
queries and embedded objects. Nothing is evaluated, and no entity is expanded.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from xml.parsers import expat

from jalon.errors import SheetRefused, SheetTooLarge

MOST_PARTS = 2_000
MOST_BYTES = 64 * 1024 * 1024
"""How many parts a workbook may have, and how many bytes they may unpack to together."""

MOST_ELEMENTS = 600_000
"""How many elements of XML are read; a thousand rows of twenty columns have a sixth of them."""

PIECE_BYTES = 64 * 1024
OLDER = b"\xd0\xcf\x11\xe0"
"""How an encrypted workbook begins, and one of the older format."""

CONTENT_TYPES = "[Content_Types].xml"
MAIN = "xl/workbook.xml"

_ACTIVE = re.compile(
    r"(^|/)(vbaProject\.bin|vbaData\.xml|macrosheets/|dialogsheets/|externalLinks/|connections\.xml"
    r"|queryTables/|embeddings/|activeX/|ctrlProps/|webextensions/|customUI|model/)",
    re.IGNORECASE,
)
_MACROS = re.compile(rb"macroEnabled|vbaProject", re.IGNORECASE)

Attributes = Mapping[str, str]


@dataclass(slots=True)
class Handlers:
    """What is called for the elements of a part: names come without their prefixes."""

    start: Callable[[str, Attributes], None]
    end: Callable[[str], None] = lambda _: None
    text: Callable[[str], None] = lambda _: None


class Package:
    """The parts of a workbook. Raises SheetRefused and SheetTooLarge."""

    def __init__(self, content: bytes) -> None:
        if content.startswith(OLDER):
            raise SheetRefused(variant="locked")
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise SheetRefused from error
        self._elements = 0
        self._parts = {info.filename: info for info in self._zip.infolist()}
        self._check()

    def has(self, name: str) -> bool:
        """Whether there is a part of this name."""
        return name in self._parts

    def read(self, name: str, handlers: Handlers) -> None:
        """Reads a part of XML, piece by piece. Raises SheetRefused for what is none."""
        parser = self._parser(name, handlers)
        try:
            with self._zip.open(self._parts[name]) as part:
                while piece := part.read(PIECE_BYTES):
                    parser.Parse(piece, False)
                parser.Parse(b"", True)
        except (expat.ExpatError, zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
            reason = " ".join(str(error).split())[:200]
            raise SheetRefused(variant="broken", found=name[:100], reason=reason) from error

    def related(self, name: str) -> Mapping[str, str]:
        """The parts that a part refers to, by the names that it refers to them by."""
        folder, _, file = name.rpartition("/")
        found: dict[str, str] = {}

        def start(element: str, attributes: Attributes) -> None:
            if element == "Relationship" and attributes.get("TargetMode") != "External":
                target = attributes.get("Target", "")
                place = target.lstrip("/") if target.startswith("/") else f"{folder}/{target}"
                found[attributes.get("Id", "")] = posixpath.normpath(place)

        relations = f"{folder}/_rels/{file}.rels"
        if self.has(relations):
            self.read(relations, Handlers(start))
        return found

    def _parser(self, part: str, handlers: Handlers) -> expat.XMLParserType:
        def refuse(*_: object) -> None:
            raise SheetRefused(variant="broken", found=part[:100], reason="DOCTYPE")

        def start(name: str, attributes: dict[str, str]) -> None:
            self._elements += 1
            if self._elements > MOST_ELEMENTS:
                raise SheetTooLarge(variant="elements", limit=MOST_ELEMENTS)
            handlers.start(name.rpartition(":")[2], attributes)

        def end(name: str) -> None:
            handlers.end(name.rpartition(":")[2])

        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = start
        parser.EndElementHandler = end
        parser.CharacterDataHandler = handlers.text
        parser.StartDoctypeDeclHandler = refuse
        return parser

    def _check(self) -> None:
        if len(self._parts) > MOST_PARTS or not self.has(MAIN) or not self.has(CONTENT_TYPES):
            raise SheetRefused
        for info in self._parts.values():
            _check_part(info)
        # No more than this is ever unpacked of a part, whatever it holds.
        if sum(info.file_size for info in self._parts.values()) > MOST_BYTES:
            raise SheetTooLarge(variant="unpacked", limit=MOST_BYTES // (1024 * 1024))
        try:
            types = self._zip.read(CONTENT_TYPES)
        except (zipfile.BadZipFile, zlib.error, EOFError) as error:
            raise SheetRefused from error
        if _MACROS.search(types):
            raise SheetRefused(variant="active", found="vbaProject.bin")


def _check_part(info: zipfile.ZipInfo) -> None:
    if info.flag_bits & 1:
        raise SheetRefused(variant="locked")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise SheetRefused
    if _ACTIVE.search(info.filename):
        raise SheetRefused(variant="active", found=info.filename[:100])
