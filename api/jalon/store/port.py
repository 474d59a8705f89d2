"""The GraphStore port: what a service may ask of an index, whichever engine keeps it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Literal, Protocol, Self

Kind = Literal["solutions", "boolean", "graph"]
"""What a query gives: SELECT solutions, ASK a boolean, CONSTRUCT and DESCRIBE a graph."""

MEGABYTE = 1024 * 1024
CHUNK_BYTES = 64 * 1024
MEMORY_BYTES = MEGABYTE
"""Up to this size an answer stands in memory."""


@dataclass(frozen=True, slots=True)
class ResultFormat:
    """A syntax that answers can be written in: its media type and how it is served."""

    name: str
    media_type: str
    content_type: str


JSON_SOLUTIONS = ResultFormat(
    "json", "application/sparql-results+json", "application/sparql-results+json"
)
CSV_SOLUTIONS = ResultFormat("csv", "text/csv", "text/csv; charset=utf-8")

SOLUTION_FORMATS = (
    JSON_SOLUTIONS,
    ResultFormat("xml", "application/sparql-results+xml", "application/sparql-results+xml"),
    CSV_SOLUTIONS,
    ResultFormat("tsv", "text/tab-separated-values", "text/tab-separated-values; charset=utf-8"),
)
"""Formats for solutions and booleans, the preferred one first."""

GRAPH_FORMATS = (
    ResultFormat("turtle", "text/turtle", "text/turtle; charset=utf-8"),
    ResultFormat("ntriples", "application/n-triples", "application/n-triples"),
    ResultFormat("jsonld", "application/ld+json", "application/ld+json"),
    ResultFormat("rdfxml", "application/rdf+xml", "application/rdf+xml"),
)
"""Formats for graphs, the preferred one first."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may use before its process is killed.

    ``seconds`` counts from the moment the query has a process of its own; ``merged_triples`` is
    how many triples of overlapping graphs are merged into one default graph.
    """

    seconds: float = 10.0
    memory_bytes: int = 1024 * MEGABYTE
    answer_bytes: int = 100 * MEGABYTE
    merged_triples: int = 200_000


@dataclass(frozen=True, slots=True)
class Dataset:
    """The graphs a query sees: absolute IRIs.

    Without ``default`` the default graph is the shown graph and what is entailed by it, each
    triple once; several are merged as a set; an empty tuple is an empty graph. Without ``named``
    every named graph is there for GRAPH. Where ``entailed`` is false, neither holds the entailed
    triples, as if there were no reasoner; graphs that are named are there all the same.
    """

    default: tuple[str, ...] | None = None
    named: tuple[str, ...] | None = None
    entailed: bool = True


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """One query: its text, its dataset, the format wanted for each kind of answer, its limits.

    A format that is None means that the caller takes no answer of that kind. Without ``release``
    the newest one is asked. ``client`` is who asks, as far as shares of the service go.
    """

    text: str
    dataset: Dataset = field(default_factory=Dataset)
    solutions: ResultFormat | None = SOLUTION_FORMATS[0]
    graph: ResultFormat | None = GRAPH_FORMATS[0]
    limits: Limits = field(default_factory=Limits)
    release: int | None = None
    client: str = ""


class Answer(AbstractContextManager["Answer"]):
    """A complete answer. Who is handed one closes it; it is never a truncated one.

    Up to 1 MiB it stands in memory, a larger one in a temporary file that closing removes.
    """

    def __init__(
        self, kind: Kind, result_format: ResultFormat, body: SpooledTemporaryFile[bytes], size: int
    ) -> None:
        self.kind = kind
        self.format = result_format
        self.size = size
        self._body = body

    def chunks(self) -> Iterator[bytes]:
        """The body from its start, in pieces of at most 64 KiB."""
        self._body.seek(0)
        while chunk := self._body.read(CHUNK_BYTES):
            yield chunk

    def read(self) -> bytes:
        """The whole body."""
        return b"".join(self.chunks())

    def close(self) -> None:
        """Lets go of the body; may be called twice."""
        self._body.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Protections:
    """Which limits a query process really has on this machine."""

    network: bool
    memory: bool
    cpu: bool
    files: bool


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do beyond answering queries.

    ``as_of``: earlier releases can be asked. ``snapshot``: a query sees one state throughout.
    ``native_union``: the union of overlapping graphs is a set without our merging them.
    """

    as_of: bool
    snapshot: bool
    native_union: bool


class GraphStore(Protocol):
    """An index that answers SPARQL queries and survives every one of them."""

    @property
    def capabilities(self) -> Capabilities:
        """What this engine can do."""

    async def query(self, request: QueryRequest) -> Answer:
        """The complete answer to a query.

        Raises a QueryError (syntax, too complex, timeout, too large, busy, failed) or
        NotAcceptable when the caller takes no answer of this query's kind. Cancelling the call
        stops the query.
        """

    async def protections(self) -> Protections:
        """Which limits hold, found out by running a query process; errors as ``query``."""

    async def close(self) -> None:
        """Stops every running query; the store answers no more."""
