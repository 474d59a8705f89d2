"""Rules about the saved questions, ``queries/**/*.rq``: front matter, syntax and good habits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pyparsing import ParseException, ParseResults
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from jalon.content.findings import Hit
from jalon.content.front_matter import parse_front_matter
from jalon.content.material import Material
from jalon.content.question_table import MARKED, faults_of
from jalon.content.questions import question_files
from jalon.content.turtle import read_text
from jalon.errors import FileUnreadable

_ROW = "VALUES (?bound) { (UNDEF) }"
"""What a marked place is read as: a row may stand there."""

_FORBIDDEN = {"ServiceGraphPattern": "SERVICE", "Builtin_NOW": "NOW()"}


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """One question file as read: its front matter and its parsed text, each where it can be."""

    path: Path
    name: str
    text: str
    table: dict[str, object] | None
    parsed: CompValue | None
    fault: Hit | None


def front_matter(material: Material) -> Iterator[Hit]:
    """Front matter that is missing, unknown or wrong, and markers without parameters to bind."""
    for query in _queries(material):
        if query.table is not None:
            for fault in faults_of(query.table, query.text, query.path.stem):
                yield Hit(query.name, fault.key, (query.name,), fault.line)


def syntax(material: Material) -> Iterator[Hit]:
    """Questions that cannot be read or parsed."""
    for query in _queries(material):
        if query.fault is not None:
            yield query.fault


def order_and_limit(material: Material) -> Iterator[Hit]:
    """SELECT questions without ORDER BY or LIMIT."""
    for query in _queries(material):
        if query.parsed is not None and query.parsed.name == "SelectQuery":
            if query.parsed.orderby is None:
                yield Hit(query.name, "ORDER BY", (query.name,))
            if query.parsed.limitoffset is None or query.parsed.limitoffset.limit is None:
                yield Hit(query.name, "LIMIT", (query.name,))


def forbidden(material: Material) -> Iterator[Hit]:
    """Questions with SELECT *, SERVICE or NOW()."""
    for query in _queries(material):
        if query.parsed is not None:
            for word in sorted(set(_forbidden_words(query.parsed))):
                yield Hit(query.name, word, (query.name,))


def columns(material: Material) -> Iterator[Hit]:
    """Questions whose columns are not their projection, in its order."""
    for query in _queries(material):
        if query.parsed is None or query.table is None or query.parsed.name != "SelectQuery":
            continue
        projected = [str(item.var or item.evar) for item in query.parsed.projection or ()]
        if query.table.get("columns") != projected:
            yield Hit(query.name, ", ".join(projected), (query.name,))


def _queries(material: Material) -> Iterator[SavedQuery]:
    for path, name in question_files(material.pack):
        yield _read(path, name)


def _read(path: Path, name: str) -> SavedQuery:
    text = ""
    try:
        text = read_text(path, name)
        table = parse_front_matter(text, name)
    except FileUnreadable as fault:
        hit = Hit(name, str(fault.details["reason"]), (name,), int(fault.details["line"]))
        return SavedQuery(path, name, text, None, None, hit)
    try:
        parsed = parseQuery(MARKED.sub(_ROW, text))[1]
    except ParseException as exc:
        return SavedQuery(path, name, text, table, None, Hit(name, exc.msg, (name,), exc.lineno))
    return SavedQuery(path, name, text, table, parsed, None)


def _forbidden_words(node: object) -> Iterator[str]:
    if isinstance(node, CompValue):
        if node.name in _FORBIDDEN:
            yield _FORBIDDEN[node.name]
        if node.name in ("SelectQuery", "SubSelect") and not node.projection:
            yield "SELECT *"
        for value in node.values():
            yield from _forbidden_words(value)
    elif isinstance(node, (list, ParseResults)):
        for value in node:
            yield from _forbidden_words(value)
