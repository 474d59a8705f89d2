"""What differs between engines that speak SPARQL 1.1 Protocol, Update and Graph Store.

Tried with oxigraph serve 0.5, Apache Jena Fuseki 5.6 and Virtuoso 7.2; ``sparql`` is any other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["oxigraph", "fuseki", "virtuoso", "sparql"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one kind of engine is spoken to.

    ``query``, ``update`` and ``graphs`` are added to its address; without ``graphs`` it is filled
    by updates. ``unnamed`` names the graph that stands in the place of the unnamed one, where there
    is none to write to. ``atomic``: an update of several operations is made as a whole.
    ``together`` is how many triples are sent at once; where it is filled, ``whole`` sends all of a
    graph as one. ``timeout`` is the parameter that takes how
    long a query may run, in units of so many to the second. ``describes``: DESCRIBE gives what we
    give. ``cut`` are headers of answers that say that not all of it is there. ``kept`` are
    beginnings of the names of graphs that are the engine's own. ``rounds``: numbers come back with
    fewer digits than were sent.

    ``names_graphs``: GRAPH is answered beside a default graph that is named. ``lacks`` are formats
    that it does not write as they are recommended; of ``mended``, the first stands in solutions as
    JSON for the second.
    """

    kind: Kind
    query: str
    update: str
    graphs: str | None = None
    unnamed: str | None = None
    atomic: bool = True
    together: int = 20_000
    whole: bool = False
    digest: bool = False
    timeout: tuple[str, int] | None = None
    describes: bool = True
    names_graphs: bool = True
    lacks: frozenset[str] = frozenset()
    mended: tuple[bytes, bytes] | None = None
    cut: Mapping[str, str] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    rounds: bool = False

    def cut_by(self, headers: Mapping[str, str]) -> str | None:
        """The header of an answer that says that not all of it is there; None where none does."""
        for name, value in self.cut.items():
            if name in headers and headers[name].startswith(value):
                return name
        return None


OXIGRAPH = Dialect("oxigraph", "/query", "/update", "/store")
FUSEKI = Dialect(
    "fuseki",
    "/query",
    "/update",
    "/data",
    whole=True,  # measured: a million triples in parts took 3.8 GB of disk
    timeout=("timeout", 1),
)
VIRTUOSO = Dialect(
    "virtuoso",
    "/sparql",
    "/sparql-auth",
    "/sparql-graph-crud-auth",
    unnamed="urn:x-jalon:shown",
    atomic=False,
    together=1_000,
    digest=True,
    timeout=("timeout", 1000),
    describes=False,
    names_graphs=False,  # measured: GRAPH <…> has no rows then, or one
    lacks=frozenset({"tsv"}),
    mended=(b'"type": "typed-literal"', b'"type": "literal"'),
    cut={"x-sql-state": "S1TAT", "x-sparql-maxrows": ""},
    kept=(
        "http://www.openlinksw.com/",
        "http://www.w3.org/2002/07/owl#",
        "http://www.w3.org/ns/ldp#",
        "urn:activitystreams-owl:map",
        "urn:core:services:sparql",
    ),
    rounds=True,
)
OTHER = Dialect("sparql", "", "")
DIALECTS: Mapping[Kind, Dialect] = {each.kind: each for each in (OXIGRAPH, FUSEKI, VIRTUOSO, OTHER)}


def dialect_of(headers: Mapping[str, str]) -> Dialect:
    """The dialect of an engine, by what its answers say of themselves (names in lower case)."""
    server = headers.get("server", "").lower()
    if "virtuoso" in server:
        return VIRTUOSO
    if "fuseki" in server or "fuseki-request-id" in headers:
        return FUSEKI
    if "oxigraph" in server:
        return OXIGRAPH
    return OTHER
