"""The GraphStore port: what a service may ask of an index, whichever engine keeps it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Protocol, Self

Kind = Literal["solutions", "boolean", "graph"]
"""What a query gives: SELECT solutions, ASK a boolean, CONSTRUCT and DESCRIBE a graph."""

MEGABYTE = 1024 * 1024
CHUNK_BYTES = 64 * 1024
MEMORY_BYTES = MEGABYTE
"""Up to this size an answer stands in memory, and is complete when it is handed over."""


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


@dataclass(frozen=True, slots=True)
class Version:
    """Which release an answer is of, and what names its bytes.

    Answers with the same ``tag`` are the same bytes, without end. It is None where asking again
    gives another answer: NOW, RAND, a new blank node.
    """

    release: int
    tag: str | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """An answer that is complete and small."""

    body: bytes
    format: ResultFormat
    version: Version


Told = Callable[[Whole | None], None]
"""Who waits for an answer: is called once with it, or with None where it is to be asked anew."""


class Body(Protocol):
    """The bytes of an answer, some of which may be still to come."""

    @property
    def size(self) -> int:
        """How many bytes there are so far."""

    @property
    def complete(self) -> bool:
        """Whether these are all."""

    @property
    def whole(self) -> bytes | None:
        """All of them, where they are complete and stand in memory."""

    def chunks(self) -> AsyncIterator[bytes]:
        """All of them in pieces, as they come; raises where they will never be complete."""

    async def finished(self) -> None:
        """Waits until they are complete; raises where they will never be."""

    def close(self) -> None:
        """Lets go of them."""


class Answer(AbstractContextManager["Answer"]):
    """An answer: complete, or so large that it is handed over while it is still coming.

    Who is handed one closes it. Up to 1 MiB it is complete. A larger one that comes to nothing
    raises where it is read: what has been read without an error to its end is the whole answer.
    """

    def __init__(
        self, kind: Kind, result_format: ResultFormat, body: Body, version: Version
    ) -> None:
        self.kind = kind
        self.format = result_format
        self.version = version
        self._body = body
        self._closed = False

    @property
    def size(self) -> int:
        """How many bytes there are so far."""
        return self._body.size

    @property
    def complete(self) -> bool:
        """Whether the whole answer is there."""
        return self._body.complete

    @property
    def whole(self) -> bytes | None:
        """All of them, where they are complete and stand in memory."""
        return self._body.whole

    def chunks(self) -> AsyncIterator[bytes]:
        """The body from its start, in pieces of at most 64 KiB, as they come.

        Raises a QueryError or NotReady where the answer comes to nothing.
        """
        return self._body.chunks()

    async def finished(self) -> None:
        """Waits until the answer is complete; errors as ``chunks``."""
        await self._body.finished()

    async def read(self) -> bytes:
        """The whole body; errors as ``chunks``."""
        whole = self._body.whole
        return b"".join([chunk async for chunk in self.chunks()]) if whole is None else whole

    def close(self) -> None:
        """Lets go of the body; may be called twice. What nobody waits for any more is stopped."""
        if not self._closed:
            self._closed = True
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

    @property
    def release(self) -> int:
        """The newest release; it may be another a moment later."""

    async def version(self, request: QueryRequest) -> Version:
        """What the answer to a query would be, without asking it; errors as for its release."""

    def kept(self, request: QueryRequest) -> Answer | None:
        """The answer of the newest release, where it is kept; else it is to be asked."""

    def soon(self, request: QueryRequest, told: Told) -> Callable[[], None] | None:
        """Has the answer told in no time, where it is likely to be there by then.

        For queries that is_plain lets through. None: it is to be asked by ``query``, and nobody is
        told; else what takes back that the answer is waited for. What has been begun ends in time,
        even if nobody waits for it any more.
        """

    async def query(self, request: QueryRequest) -> Answer:
        """The answer to a query, from the moment that it is complete or larger than 1 MiB.

        Raises a QueryError (syntax, too complex, timeout, too large, busy, too many requests,
        failed), NotAcceptable when the caller takes no answer of this query's kind, or
        ReleaseUnknown and ReleaseTooCostly. Cancelling the call stops the query, unless others
        wait for the same answer.
        """

    async def protections(self) -> Protections:
        """Which limits hold, found out by running a query process; errors as ``query``."""

    async def close(self) -> None:
        """Stops every running query; the store answers no more."""
