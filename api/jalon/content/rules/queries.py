"""Rules about the saved questions, ``queries/**/*.rq``: front matter, syntax and good habits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pyparsing import ParseException, ParseResults
from rdflib.plugins.sparql.parser import parseQuery
from rdflib.plugins.sparql.parserutils import CompValue

from jalon.content.findings import Hit
from jalon.content.front_matter import read_front_matter
from jalon.content.material import Material
from jalon.errors import LANGUAGES, FileUnreadable

_KEYS = frozenset(("id", "title", "question", "columns", "since", "params", "entailment"))
_REQUIRED = ("id", "title", "question", "columns", "since")
_PARAM_KEYS = frozenset(("type", "class", "default", "title", "values"))
_PARAM_TYPES = frozenset(("iri", "date", "integer", "text", "lang", "enum"))
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_FORBIDDEN = {"ServiceGraphPattern": "SERVICE", "Builtin_NOW": "NOW()"}


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """One question file as read: its front matter and its parsed text, each where it can be."""

    path: Path
    name: str
    table: dict[str, object] | None
    parsed: CompValue | None
    fault: Hit | None


def front_matter(material: Material) -> Iterator[Hit]:
    """Front matter that is missing, unknown or not in both languages."""
    for query in _queries(material):
        if query.table is not None:
            for key in _front_matter_faults(query.path.stem, query.table):
                yield Hit(query.name, key, (query.name,))


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
    for path in material.pack.queries:
        yield _read(path, path.relative_to(material.pack.root).as_posix())


def _read(path: Path, name: str) -> SavedQuery:
    try:
        table = read_front_matter(path, name)
    except FileUnreadable as fault:
        hit = Hit(name, str(fault.details["reason"]), (name,), int(fault.details["line"]))
        return SavedQuery(path, name, None, None, hit)
    try:
        parsed = parseQuery(path.read_text(encoding="utf-8"))[1]
    except ParseException as exc:
        hit = Hit(name, exc.msg, (name,), exc.lineno)
        return SavedQuery(path, name, table, None, hit)
    return SavedQuery(path, name, table, parsed, None)


def _front_matter_faults(stem: str, table: dict[str, object]) -> Iterator[str]:
    yield from (key for key in table if key not in _KEYS)
    yield from (key for key in _REQUIRED if key not in table)
    if table.get("id", stem) != stem:
        yield "id"
    for key in ("title", "question"):
        if key in table and not _in_both_languages(table[key]):
            yield key
    if "since" in table and not _VERSION.fullmatch(str(table["since"])):
        yield "since"
    params = table.get("params", {})
    for name, param in params.items() if isinstance(params, dict) else ():
        if not _is_parameter(param):
            yield f"params.{name}"


def _is_parameter(param: object) -> bool:
    return (
        isinstance(param, dict)
        and param.keys() <= _PARAM_KEYS
        and param.get("type") in _PARAM_TYPES
        and _in_both_languages(param.get("title"))
    )


def _in_both_languages(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(value.get(language), str) and value[language].strip() for language in LANGUAGES
    )


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
