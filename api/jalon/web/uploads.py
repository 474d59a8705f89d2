"""Documents that come in as a body or as the parts of a form: cut apart here, read elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, cast

from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from jalon.errors import BadRequest, UnsupportedMedia
from jalon.exchange.sheets.formats import SHEETS
from jalon.validation.documents import SUFFIXES, SYNTAXES, Document, Part
from jalon.web.requests import body_chunks, read_body, text_in

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MULTIPART = "multipart/form-data"
MOST_PARTS = 20
VALIDATED: tuple[Part, ...] = ("data", "shapes")
SUBMITTED: tuple[Part, ...] = ("data", "adds", "removes")
FILLED: tuple[Part, ...] = ("data", "removes")
ALIASES = {"application/json": "application/ld+json", "application/xml": "application/rdf+xml"}
WITH_SHEETS: Mapping[str, str] = {**SUFFIXES, **SHEETS}
"""Media types of submissions by the ends of file names: sheets are taken there alone."""

_READ: Collection[str] = tuple(SYNTAXES)
_TAKEN: Collection[str] = (*SYNTAXES, *SHEETS.values())

_UNSPECIFIC = frozenset({"", "application/octet-stream", "text/plain"})


async def read_documents(request: Request, limit: int) -> list[Document]:
    """The one document ``data`` of a request, then its documents ``shapes``.

    Raises UnsupportedMedia, RequestTooLarge, or BadRequest for a form that is not as it must be.
    """
    sent = await _sent(request, limit, _READ)
    if isinstance(sent, Document):
        return [sent]
    documents = [part.document(part.named(VALIDATED), _READ) for part in sent]
    documents.sort(key=lambda document: document.part)
    if [document.part for document in documents].count("data") != 1:
        raise BadRequest(variant="parts", limit=MOST_PARTS)
    return documents


async def read_files(request: Request, limit: int) -> list[Document]:
    """The documents of a request, all of them data: its body, or the files of a form.

    Errors as read_documents.
    """
    sent = await _sent(request, limit, _READ)
    if isinstance(sent, Document):
        return [sent]
    if not sent:
        raise BadRequest(variant="files", limit=MOST_PARTS)
    return [part.document("data", _READ) for part in sent]


async def read_submission(request: Request, limit: int) -> list[Document]:
    """The documents of a submission: its body, or the parts of a form; errors as read_documents.

    A form has documents ``data``, or ``adds``, ``removes`` or both.
    """
    sent = await _sent(request, limit, _TAKEN)
    if isinstance(sent, Document):
        return [sent]
    documents = [part.document(part.named(SUBMITTED), _TAKEN) for part in sent]
    parts = {document.part for document in documents}
    if not parts or ("data" in parts and len(parts) > 1):
        raise BadRequest(variant="mode", found="-")
    return documents


@dataclass(frozen=True, slots=True)
class Filled:
    """A form as a browser sends it: what its fields say, and the files that were chosen."""

    fields: Mapping[str, str]
    files: tuple[_Part, ...]

    def documents(self) -> tuple[Document, ...]:
        """The files as documents, by the fields that they were chosen in.

        Raises UnsupportedMedia, and BadRequest for a field that takes none.
        """
        return tuple(file.document(file.named(FILLED), _TAKEN) for file in self.files)


async def read_filled(request: Request, limit: int) -> Filled:
    """A form with fields and files; errors as read_documents."""
    media_type, options = _content_type(request.headers.get("content-type", ""))
    if media_type != MULTIPART:
        raise UnsupportedMedia(found=media_type[:100] or "-", available=MULTIPART)
    parts = await _parts(body_chunks(request, limit), options.get(b"boundary", b""))
    return Filled(
        fields={part.name: text_in(part.content) for part in parts if not part.is_file()},
        files=tuple(part for part in parts if part.is_file() and not part.is_left_out()),
    )


async def _sent(request: Request, limit: int, known: Collection[str]) -> Document | list[_Part]:
    """The body as a document of a known type, or the parts of the form that it is."""
    media_type, options = _content_type(request.headers.get("content-type", ""))
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise _unsupported(request.headers["content-encoding"], known)
    if media_type != MULTIPART:
        media_type = _one_of(known, media_type, "")
        return Document("data", await read_body(request, limit), media_type)
    parts = await _parts(body_chunks(request, limit), options.get(b"boundary", b""))
    return [part for part in parts if not part.is_left_out()]


@dataclass(slots=True)
class _Part:
    """A part of a form while it arrives."""

    headers: dict[str, bytes] = field(default_factory=dict)
    content: bytearray = field(default_factory=bytearray)

    @property
    def name(self) -> str:
        """The name of the field that it is."""
        _, options = parse_options_header(self.headers.get("content-disposition"))
        return options.get(b"name", b"").decode("utf-8", "replace")

    def is_file(self) -> bool:
        """Whether it is a file, or the field for one."""
        _, options = parse_options_header(self.headers.get("content-disposition"))
        return b"filename" in options

    def is_left_out(self) -> bool:
        """Whether a browser sends the part for a field in which no file was chosen."""
        _, options = parse_options_header(self.headers.get("content-disposition"))
        return options.get(b"filename") == b"" and not self.content

    def named(self, known: Collection[Part]) -> Part:
        """Which part it is, of those known; BadRequest for any other."""
        if self.name not in known:
            raise BadRequest(variant="parts", limit=MOST_PARTS)
        return cast("Part", self.name)

    def document(self, part: Part, known: Collection[str]) -> Document:
        _, options = parse_options_header(self.headers.get("content-disposition"))
        file_name = options.get(b"filename", b"").decode("utf-8", "replace")
        media_type, _ = _content_type(self.headers.get("content-type", b"").decode("latin-1"))
        media_type = _one_of(known, media_type, file_name)
        return Document(part, bytes(self.content), media_type, file_name)


class _Form:
    """Takes the events of the parser; each costs no more than the bytes that it is about."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.complete = False
        self._name = bytearray()
        self._value = bytearray()

    def callbacks(self) -> MultipartCallbacks:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header,
            "on_part_data": lambda data, start, end: self.parts[-1].content.extend(data[start:end]),
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.parts) >= MOST_PARTS:
            raise BadRequest(variant="parts", limit=MOST_PARTS)
        self.parts.append(_Part())

    def _header(self) -> None:
        name = self._name.decode("latin-1").lower()
        self.parts[-1].headers[name] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _end(self) -> None:
        self.complete = True


async def _parts(chunks: AsyncIterator[bytes], boundary: bytes) -> list[_Part]:
    """The parts of a form. A body that ends before its last boundary is refused."""
    form = _Form()
    try:
        parser = MultipartParser(boundary, form.callbacks())
        async for chunk in chunks:
            parser.write(chunk)
    except FormParserError as error:
        raise BadRequest(variant="multipart") from error
    if not boundary or not form.complete:
        raise BadRequest(variant="multipart")
    return form.parts


def _content_type(header: str) -> tuple[str, dict[bytes, bytes]]:
    media_type, options = parse_options_header(header)
    charset = options.get(b"charset", b"utf-8").decode("latin-1").lower()
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise BadRequest(variant="charset", found=charset[:100])
    return media_type.decode("latin-1").lower(), options


def _one_of(known: Collection[str], media_type: str, file_name: str) -> str:
    """The media type of a document: as said, or by the name of its file where nothing is said.

    Raises UnsupportedMedia for one that is not known.
    """
    if media_type in _UNSPECIFIC and file_name:
        media_type = WITH_SHEETS.get(PurePath(file_name).suffix.lower(), media_type)
    media_type = ALIASES.get(media_type, media_type)
    if media_type not in known:
        raise _unsupported(media_type, known)
    return media_type


def _unsupported(found: str, known: Collection[str]) -> UnsupportedMedia:
    return UnsupportedMedia(found=found[:100] or "-", available=", ".join((*known, MULTIPART)))
