"""Rules about the text of literals, which an index would rewrite or take as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rdflib import XSD, Literal

from jalon.content.findings import Hit
from jalon.content.material import DATATYPES, Material
from jalon.content.pack import PackFile
from jalon.content.passages import read_locator
from jalon.terms import AP

_YEAR = re.compile(r"-?(\d{4}|[1-9]\d{4,})(Z|[+-]\d\d:\d\d)?")
_KEPT = frozenset((*DATATYPES, XSD.anyURI))


def datatypes(material: Material) -> Iterator[Hit]:
    """Literals of a datatype that the index does not keep as it is."""
    for file, subject, literal in _literals(material):
        if literal.datatype is not None and literal.datatype not in _KEPT:
            yield Hit(subject, material.short(str(literal.datatype)), (file.name,))


def valid(material: Material) -> Iterator[Hit]:
    """Literals whose text is not of their datatype."""
    for file, subject, literal in _literals(material):
        ill_typed = literal.ill_typed
        if literal.datatype == XSD.gYear:
            ill_typed = _YEAR.fullmatch(str(literal)) is None
        if ill_typed:
            yield Hit(subject, literal.n3(), (file.name,))


def locators(material: Material) -> Iterator[Hit]:
    """Citations whose locator is not of the grammar."""
    for file in material.pack.files:
        for citation, locator in sorted(file.triples.subject_objects(AP.locator)):
            if read_locator(str(locator)) is None:
                yield Hit(material.short(str(citation)), str(locator), (file.name,))


def _literals(material: Material) -> Iterator[tuple[PackFile, str, Literal]]:
    for file in material.pack.files:
        for subject, _, value in sorted(file.triples):
            if isinstance(value, Literal):
                yield file, material.short(str(subject)), value
