"""The terms that other vocabularies really have: rdflib's closed lists, and text lists of our own.

A list of ours is ``vocabularies/*.txt``: its namespace, kind and source in the first lines, then
one local name a line. Lists of ``things`` (currencies, targets) close a namespace of values.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from rdflib.namespace import (
    DCAM,
    DCAT,
    DCMITYPE,
    DCTERMS,
    FOAF,
    ORG,
    OWL,
    PROV,
    QB,
    RDF,
    RDFS,
    SDO,
    SH,
    SKOS,
    TIME,
    VANN,
    VOID,
    XSD,
)

_CLOSED = (
    *(DCAM, DCAT, DCMITYPE, DCTERMS, FOAF, ORG, OWL, PROV, QB, RDF, RDFS, SDO, SH, SKOS, TIME),
    *(VANN, VOID, XSD),
)


@dataclass(frozen=True, slots=True)
class TermList:
    """Every term of one namespace, as absolute IRIs; or the values that we use of it."""

    namespace: str
    values: bool
    terms: tuple[str, ...]


def term_lists() -> Iterator[TermList]:
    """All lists there are, one for each namespace."""
    for closed in _CLOSED:
        # Names that Python keeps for itself (sh:class, sh:in) stand apart in rdflib's lists.
        names = (*dir(closed), *(str(closed[name]) for name in closed._extras))
        yield TermList(str(closed._NS), False, tuple(str(name) for name in names))
    for resource in files("jalon.content").joinpath("vocabularies").iterdir():
        if resource.name.endswith(".txt"):
            yield _read(resource.read_text(encoding="utf-8"))


def _read(text: str) -> TermList:
    head: dict[str, str] = {}
    names = []
    for line in text.splitlines():
        if line.startswith("# "):
            key, _, value = line[2:].partition(": ")
            head[key] = value
        elif line:
            names.append(line)
    namespace = head["namespace"]
    terms = tuple(namespace + name for name in names)
    return TermList(namespace, head["kind"] == "things", terms)
