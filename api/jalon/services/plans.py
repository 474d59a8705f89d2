"""The use case "show the plans": what there is of them, and what one of them is made of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rdflib import RDF, RDFS, Literal, URIRef
from rdflib.term import Node

from jalon.errors import NotFound
from jalon.services.asking import Asking, Row
from jalon.services.describing import Said
from jalon.terms import AP

Texts = Mapping[str, str]
"""A text by language; the empty language is that of a text without one."""


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """A plan with its names, its years where they are stated, and how many parts of each class."""

    iri: str
    labels: Texts
    acronym: str
    start_year: str
    end_year: str
    parts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Overview:
    """What there is: numbers by class (of statements with a citation, ap:Citation); the plans."""

    counts: Mapping[str, int]
    plans: tuple[PlanSummary, ...]


@dataclass(frozen=True, slots=True)
class Holding:
    """A part without a name in which a thing stands: what holds it, its agents and its roles.

    Each is a mapping from IRIs to names by language, without the thing itself.
    """

    part: str
    holders: Mapping[str, Texts]
    agents: Mapping[str, Texts]
    roles: Mapping[str, Texts]


@dataclass(frozen=True, slots=True)
class Plans:
    """Reads plans from the shown graph. Every method raises a QueryError as the store does."""

    asking: Asking

    async def overview(self) -> Overview:
        """The numbers and the plans, these in the order of their IRIs."""
        counts = await self.asking.rows("counts")
        rows: dict[str, list[Row]] = defaultdict(list)
        for row in await self.asking.rows("plans"):
            rows[str(row["plan"])].append(row)
        return Overview(
            counts={str(row["kind"]): int(str(row["number"])) for row in counts},
            plans=tuple(_summary(plan, rows[plan]) for plan in sorted(rows)),
        )

    async def outline(self, plan: str) -> tuple[Said, ...]:
        """What is said of a plan, its parts, their money, years and concepts, and their notes.

        Raises NotFound for what is no plan.
        """
        rows = await self.asking.rows("outline", thing=plan)
        graphs: dict[tuple[Node, URIRef, Node], list[str]] = defaultdict(list)
        for row in rows:
            triple = (row["subject"], URIRef(str(row["property"])), row["value"])
            graphs[triple].append(str(row["graph"]))
        if (URIRef(plan), RDF.type, AP.Plan) not in graphs:
            raise NotFound(path=plan[:200])
        return tuple(Said(*triple, tuple(found), True) for triple, found in graphs.items())

    async def holdings(self, thing: str) -> Mapping[str, Holding]:
        """The parts without a name of their own in which a thing stands, by their IRIs."""
        found: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
        for row in await self.asking.rows("holders", thing=thing):
            part = found.setdefault(str(row["part"]), {"holder": {}, "agent": {}, "role": {}})
            _add(part[str(row["as"])].setdefault(str(row["named"]), {}), row["name"])
        return {
            part: Holding(part, named["holder"], named["agent"], named["role"])
            for part, named in found.items()
        }


def _summary(plan: str, rows: Iterable[Row]) -> PlanSummary:
    labels: dict[str, str] = {}
    parts: dict[str, int] = {}
    single: dict[Node, str] = {}
    for row in rows:
        property_, value = row["property"], row["value"]
        if property_ == RDFS.label:
            _add(labels, value)
        elif isinstance(value, Literal) and property_ in {AP.acronym, AP.startYear, AP.endYear}:
            single[property_] = str(value)
        else:
            parts[str(property_)] = int(str(value))
    years = (single.get(AP.startYear, ""), single.get(AP.endYear, ""))
    return PlanSummary(plan, labels, single.get(AP.acronym, ""), *years, parts)


def _add(texts: dict[str, str], value: Node) -> None:
    if isinstance(value, Literal):
        texts[value.language or ""] = str(value)
