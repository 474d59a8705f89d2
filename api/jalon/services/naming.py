"""The use case "call things by their names": labels of many things, and the things of a class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rdflib import Literal
from rdflib.term import Node

from jalon.services.asking import Asking

MOST_NAMED = 1_000
"""How many things are named at once; others go by their IRIs."""

Names = Mapping[str, Mapping[str, str]]
"""Labels by IRI and language."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A thing that can be chosen: its labels, and those of the list that it stands in."""

    iri: str
    labels: dict[str, str] = field(default_factory=dict)
    list_labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Naming:
    """Reads labels from the shown graph. Methods raise as Asking."""

    asking: Asking

    async def names(self, iris: Iterable[str]) -> Names:
        """The labels of these things, as far as they have some; what is no IRI is left out."""
        wanted = sorted(set(iris))[:MOST_NAMED]
        found: dict[str, dict[str, str]] = defaultdict(dict)
        if wanted:
            for row in await self.asking.rows_for("names", "thing", wanted):
                _add(found[str(row["thing"])], row["name"])
        return found

    async def choices(self, class_iri: str) -> tuple[Choice, ...]:
        """The things of a class that have a label, in the order of their IRIs."""
        found: dict[str, Choice] = {}
        for row in await self.asking.rows("things", kind=class_iri):
            iri = str(row["thing"])
            choice = found.setdefault(iri, Choice(iri))
            _add(choice.labels, row["name"])
            if "listName" in row:
                _add(choice.list_labels, row["listName"])
        return tuple(found.values())


def _add(texts: dict[str, str], value: Node) -> None:
    if isinstance(value, Literal):
        texts[value.language or ""] = str(value)
