"""What there is: the named graphs with their titles and licences, and how much each holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rdflib import DCTERMS, Literal

from jalon.exchange.void import Counts, Part, Share
from jalon.services.asking import Asking, Row


@dataclass(frozen=True, slots=True)
class GraphNote:
    """What a graph says of itself: its titles by language, and the licences stated in it."""

    titles: Mapping[str, str]
    licenses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Census:
    """Counts what the store holds; each call asks it anew."""

    asking: Asking

    async def graph_notes(self) -> dict[str, GraphNote]:
        """Every named graph in which a title or a licence stands. Errors as Asking."""
        titles: dict[str, dict[str, str]] = defaultdict(dict)
        licenses: dict[str, set[str]] = defaultdict(set)
        for row in await self.asking.rows("graphs"):
            graph, value = str(row["graph"]), row["value"]
            if row["property"] == DCTERMS.license:
                licenses[graph].add(str(value))
            elif row["thing"] == row["graph"] and isinstance(value, Literal):
                titles[graph][value.language or ""] = str(value)
        return {
            graph: GraphNote(titles[graph], tuple(sorted(licenses[graph])))
            for graph in {*titles, *licenses}
        }

    async def counts(self) -> dict[str, Counts]:
        """The counts of each named graph, and under the empty name those of the shown graph."""
        counts: dict[str, Counts] = defaultdict(Counts)
        for row in await self.asking.rows("partitions"):
            of_graph = counts[str(row.get("graph", ""))]
            match str(row["part"]):
                case "whole":
                    of_graph.whole = _share(row)
                case "property":
                    of_graph.properties[str(row["term"])] = _share(row)
                case _:
                    of_graph.classes[str(row["term"])] = int(str(row["subjects"]))
        return dict(counts)


def parts_of(
    counts: Mapping[str, Counts],
    notes: Mapping[str, GraphNote],
    base: str,
    address: Callable[[str], str],
) -> list[Part]:
    """The named graphs as parts of the dataset, each with the address of its dump's path."""
    return [
        Part(
            iri=graph,
            titles=notes[graph].titles if graph in notes else {},
            licenses=notes[graph].licenses if graph in notes else (),
            counts=counts[graph],
            dump=address(f"{graph.removeprefix(base)}.nt") if graph.startswith(base) else None,
        )
        for graph in sorted(counts)
        if graph
    ]


def _share(row: Row) -> Share:
    return Share(*(int(str(row[name])) for name in ("triples", "subjects", "objects")))
