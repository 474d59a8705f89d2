"""What the command is given: parameters, documents, queries, files."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import typer

from jalon.content.questions import SavedQuestion
from jalon.content.turtle import read_text
from jalon.errors import FileUnreadable, UnsupportedMedia
from jalon.services.rights import is_organisation
from jalon.terminal import language, text_of
from jalon.validation.documents import SUFFIXES, Document, Part

_DAYS = re.compile(r"([1-9][0-9]{0,4})d")
_GRAPH = re.compile(r"""(graph/|[A-Za-z][A-Za-z0-9+.\-]*:)[^<>"{}|^`\\\x00-\x20]+""")

LANGUAGE_PARAMETER = "lang"
"""The parameter by which saved questions take the language of labels."""


def given_parameters(
    written: list[str], lang: str | None, question: SavedQuestion
) -> list[tuple[str, str]]:
    """The parameters as written, and the language unless they give it or none is taken."""
    given: list[tuple[str, str]] = []
    for each in written:
        name, mark, value = each.partition("=")
        if not mark:
            raise typer.BadParameter(text_of("ask", "parameter", written=each))
        given.append((name, value))
    taken = LANGUAGE_PARAMETER in (parameter.name for parameter in question.parameters)
    if lang is not None:
        given.append((LANGUAGE_PARAMETER, lang))
    elif taken and LANGUAGE_PARAMETER not in dict(given):
        given.append((LANGUAGE_PARAMETER, language()))
    return given


def read_document(path: Path, part: Part, suffixes: Mapping[str, str] = SUFFIXES) -> Document:
    """An RDF file as it was sent, its syntax known by its suffix.

    Raises UnsupportedMedia for another suffix, FileUnreadable where there is no such file.
    """
    media_type = suffixes.get(path.suffix.lower())
    if media_type is None:
        raise UnsupportedMedia(variant="suffix", found=str(path), available=", ".join(suffixes))
    try:
        return Document(part, path.read_bytes(), media_type, str(path))
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileUnreadable(file=str(path), line=1, reason=reason) from error


def read_query(file: str) -> str:
    """The text of a query, of stdin for ``-``. Raises FileUnreadable."""
    if file != "-":
        return read_text(Path(file), file)
    try:
        return sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as exc:
        raise FileUnreadable(file=file, line=1, reason=str(exc)) from exc


def turtle_in(path: Path) -> list[Path]:
    """A file by itself, or every Turtle file below a folder, sorted."""
    return sorted(path.rglob("*.ttl")) if path.is_dir() else [path]


def read_expiry(written: str, now: datetime) -> datetime:
    """When something ends: some days from now (``90d``), or with the end of a day in UTC.

    Raises typer.BadParameter for anything else, and for what is over.
    """
    days = _DAYS.fullmatch(written)
    try:
        if days:
            return now + timedelta(days=int(days[1]))
        day = date.fromisoformat(written)
        end = datetime.combine(day, time(), UTC) + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(text_of("token", "expiry", written=written)) from error
    if end <= now:
        raise typer.BadParameter(text_of("token", "over", written=written))
    return end


def read_graph(written: str) -> str:
    """The IRI of a graph, or the name that a base completes. Raises typer.BadParameter."""
    if not _GRAPH.fullmatch(written):
        raise typer.BadParameter(text_of("token", "graph", written=written))
    return written


def read_organisation(written: str) -> str:
    """The last part of an organisation's IRI. Raises typer.BadParameter."""
    if not is_organisation(written):
        raise typer.BadParameter(text_of("token", "organisation", written=written))
    return written
