"""What there is to choose from in the columns of a sheet: things, each by a label of its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rdflib import Literal
from rdflib.term import Node

from jalon.exchange.sheets.model import Field, Model, Texts
from jalon.exchange.sheets.rowkeys import MARK
from jalon.exchange.sheets.showing import shortened
from jalon.exchange.sheets.template import text_in
from jalon.services.asking import Asking

MOST_OF_A_CLASS = 10_000
"""Of a class with more things nobody chooses from a list."""


async def choices_of(
    asking: Asking, model: Model, language: str, base: str
) -> Mapping[str, Sequence[tuple[str, str]]]:
    """The labels and IRIs that there are to choose from, by property, in their order.

    Not of a property that has things of a class of too many. Raises as Asking.
    """
    fields = [each for each in model.fields if each.kind == "reference"]
    classes = sorted({each for one in fields for each in one.classes if not one.listed})
    listed = sorted({iri for one in fields for iri in one.listed})
    known: dict[str, _Choice] = defaultdict(_Choice)
    endless = {kind for kind in classes if await _learn(known, asking, kind) > MOST_OF_A_CLASS}
    for row in await asking.rows_for("names", "thing", listed):
        known[str(row["thing"])].learn(row)
    return {
        one.property: _labelled(_eligible(one, known), known, language, base)
        for one in fields
        if one.listed or (one.classes and not endless.intersection(one.classes))
    }


async def _learn(known: dict[str, _Choice], asking: Asking, kind: str) -> int:
    """Learns what there is to know of the things of a class, and gives how many there are."""
    rows = await asking.rows("template-choices", kind=kind)
    for row in rows:
        choice = known[str(row["thing"])]
        choice.kinds.add(kind)
        choice.learn(row)
    return len({row["thing"] for row in rows})


@dataclass(slots=True)
class _Choice:
    """A thing that can be chosen, with its names, its classes and the lists that it stands in."""

    names: dict[str, str] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)
    lists: set[str] = field(default_factory=set)

    def learn(self, row: Mapping[str, Node]) -> None:
        name = row.get("name")
        if isinstance(name, Literal):
            self.names[name.language or ""] = str(name)
        if "list" in row:
            self.lists.add(str(row["list"]))


def _eligible(field_: Field, known: Mapping[str, _Choice]) -> list[str]:
    if field_.listed:
        return list(field_.listed)
    classes, schemes = set(field_.classes), set(field_.schemes)
    return [
        iri
        for iri, choice in known.items()
        if choice.kinds & classes and (not schemes or choice.lists & schemes)
    ]


def _labelled(
    iris: list[str], known: Mapping[str, _Choice], language: str, base: str
) -> list[tuple[str, str]]:
    """Each with a label that no other has, in the order of labels."""
    labels: dict[str, str] = {}
    times: dict[str, int] = defaultdict(int)
    for iri in iris:
        names: Texts = known[iri].names if iri in known else {}
        labels[iri] = " ".join(text_in(names, language, shortened(iri, base)).split())
        times[labels[iri]] += 1
    pairs = []
    for iri, label in labels.items():
        short = shortened(iri, base)
        # What begins as row keys do is none, either.
        is_plain = times[label] == 1 and not label.startswith(MARK)
        pairs.append((label if is_plain else f"{label} ({short})", iri))
    return sorted(pairs, key=lambda pair: (pair[0].casefold(), pair[1]))
