"""Gives what is new its IRI, and puts IRIs in the place of the row keys by which rows are named.

The IRI of a new thing is made of what its row says: the same for who sends the same rows again. In
the place of another new row stands what that row says itself, without the rows that it names, so
that neither their order, nor a circle, nor the choice of a key makes another IRI.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence

from jalon.exchange.sheets.faults import Faults
from jalon.exchange.sheets.lines import Line
from jalon.exchange.sheets.model import Value
from jalon.exchange.sheets.reading import Fault
from jalon.exchange.sheets.rowkeys import MARK, ROW, folded
from jalon.exchange.sheets.template import word

DIGITS, SLUG = 8, 40
MOST_KNOWN = 500
"""Among so many keys that which was meant is looked for."""

LABEL = "http://www.w3.org/2000/01/rdf-schema#label"

_NOT_SLUG = re.compile(r"[^a-z0-9]+")


class Linking:
    """Links the lines of all sheets of a workbook; what is wrong with their keys is told."""

    def __init__(self, lines: Sequence[Line], faults: Faults) -> None:
        self._faults = faults
        self._named: dict[str, Line] = {}
        self._bare: dict[str, str] = {}
        for line in lines:
            if line.key and self._named.setdefault(folded(line.key), line) is not line:
                self._tell_key(line, "row-key-twice", MARK + line.key)
        self._known = list(self._named)[:MOST_KNOWN]
        for line in lines:
            if line.is_new:
                line.thing = self._new_iri(line)
        for line in lines:
            if line.refers:
                self._resolve(line)

    def tell_same(self, line: Line) -> None:
        """That another row says the same as a line, which names it otherwise."""
        self._tell_key(line, "same", MARK + line.key if line.key else "")

    def _resolve(self, line: Line) -> None:
        for name, (values, cells) in line.places.items():
            if not any(value.tag == ROW for value in values):
                continue
            found: list[Value] = []
            for value in values:
                known = self._named.get(folded(value.text)) if value.tag == ROW else None
                if value.tag != ROW:
                    found.append(value)
                elif known is not None and known.thing:
                    found.append(Value(known.thing))
                else:
                    # Of a row whose own IRI is wrong that is told already.
                    line.broken.add(name)
                    if known is None:
                        self._tell_unknown(line, name, value.text, cells[""])
            line.places[name] = (tuple(dict.fromkeys(found)), cells)

    def _new_iri(self, line: Line) -> str:
        source = line.source
        said = {name: values for name, (values, _) in line.places.items()}
        parts = [_part(name, value) for name, value in _values(line) if value.tag != ROW]
        if line.refers:
            parts += self._named_parts(line)
        digest = _digest(source.model.iri, parts)
        labels = {value.language: value.text for value in said.get(LABEL, ())}
        label = labels.get(source.manner.language) or next(iter(labels.values()), "")
        slug = _slug(label)
        name = f"{slug}-{digest[:DIGITS]}" if slug else digest[: 2 * DIGITS]
        return f"{source.manner.base}id/{source.model.kind}/{source.organisation}-{name}"

    def _named_parts(self, line: Line) -> Iterator[str]:
        """What goes into an IRI for each row that a line names."""
        for name, value in _values(line):
            known = self._named.get(folded(value.text)) if value.tag == ROW else None
            if known is None:
                continue
            if known.is_new:
                yield f"{name} {self._said_alone(known)} {ROW}"
            else:
                yield _part(name, Value(known.thing))

    def _said_alone(self, line: Line) -> str:
        """What stands for all that a line says, without the rows that it names."""
        key = folded(line.key)
        if key not in self._bare:
            parts = [_part(name, value) for name, value in _values(line) if value.tag != ROW]
            self._bare[key] = _digest(line.source.model.iri, parts)
        return self._bare[key]

    def _tell_key(self, line: Line, reason: str, seen: str) -> None:
        """Something that is wrong with the key of a line, or for want of one."""
        language = line.source.reading.language
        fault = Fault(
            cell=line.spots[1],
            column=word("sheet", "row-key", language),
            reason=reason,
            seen=seen,
            example=word("example", "row-key", language),
            thing="" if line.is_new else line.thing,
        )
        self._faults.tell(line.source.reading, fault)

    def _tell_unknown(self, line: Line, name: str, key: str, cell: str) -> None:
        reading = line.source.reading
        near = [self._named[each].key for each in self._faults.nearest(folded(key), self._known)]
        fault = Fault(
            cell=cell,
            column=reading.names[name],
            reason="row-key-unknown",
            seen=MARK + key,
            example=MARK + near[0] if near else word("example", "row-key", reading.language),
            thing="" if line.is_new else line.thing,
            property=name,
        )
        self._faults.tell(reading, fault)


def _values(line: Line) -> Iterator[tuple[str, Value]]:
    for name, (values, _) in line.places.items():
        for value in values:
            yield name, value


def _part(name: str, value: Value) -> str:
    return f"{name} {value.text} {value.tag}"


def _digest(model: str, parts: list[str]) -> str:
    return hashlib.sha256("\n".join((model, *sorted(parts))).encode()).hexdigest()


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(each for each in plain if not unicodedata.combining(each))
    return _NOT_SLUG.sub("-", kept)[:SLUG].strip("-")
