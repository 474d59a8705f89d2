"""What the ledger keeps: changes, and the commits that hold them in a chain of digests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from operator import lt
from typing import Self

ENCODING = "jalon-commit-1"
"""Names what a digest is taken over, so that another way of doing it can be told from this one."""

MOST_TOGETHER, MOST_BYTES = 500, 8_000_000
"""How many commits are copied in one transaction, and about how large they are."""

GENESIS = "0" * 64
"""What the first commit has for the digest of the one before it, and an empty ledger for its
head."""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    r"""Quads to add and to remove: N-Quads in UTF-8, sorted by their bytes, each once.

    Every line ends in ``\n``; literals are in their exact form, blank nodes have stable labels.
    """

    adds: bytes = b""
    removes: bytes = b""

    @classmethod
    def of(cls, adds: Iterable[bytes], removes: Iterable[bytes] = ()) -> Self:
        """The change of these lines, which are given without their ends and in any order."""
        return cls(_ordered(adds), _ordered(removes))

    @property
    def added(self) -> int:
        """How many quads are added."""
        return self.adds.count(b"\n")

    @property
    def removed(self) -> int:
        """How many quads are removed."""
        return self.removes.count(b"\n")


@dataclass(frozen=True, slots=True)
class Draft:
    """A change that is ready to be kept, with who made it, why and how it was checked.

    ``author`` is the opaque id of an author; ``source`` is for machines (``pack:<digest>``);
    ``report`` is JSON, or empty; ``rules`` is the digest of the rules that entail, ``engine`` the
    name and version of the index.
    """

    change: ChangeSet
    author: str
    message: str
    source: str
    report: str
    rules: str
    engine: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last commit's number and digest; 0 and ``GENESIS`` where there is none."""

    number: int
    digest: str


class HeadMoved(Exception):
    """What was to follow on one head would follow on another, ``head``: nothing of it is kept."""

    def __init__(self, head: Head) -> None:
        super().__init__(f"the head is {head.number}")
        self.head = head


@dataclass(frozen=True, slots=True)
class Commit(Draft):
    """A change that is kept: its number (from 1, without gaps), when, and its place in the chain.

    ``time`` is aware and in UTC; ``previous`` and ``digest`` are SHA-256 in lower-case hex.
    """

    number: int
    time: datetime
    previous: str
    digest: str

    @property
    def head(self) -> Head:
        """The head of a ledger that ends in this commit."""
        return Head(self.number, self.digest)


@dataclass(frozen=True, slots=True)
class Summary:
    """A commit without its quads: how many it added and removed instead."""

    number: int
    time: datetime
    author: str
    message: str
    source: str
    report: str
    rules: str
    engine: str
    previous: str
    digest: str
    added: int
    removed: int


def sealed(draft: Draft, head: Head, now: datetime) -> Commit:
    """The commit that follows on ``head``. ``now`` must be aware."""
    if now.tzinfo is None:
        raise ValueError("the ledger's clock must say which time zone it is in")
    given = {each.name: getattr(draft, each.name) for each in fields(Draft)}
    time = now.astimezone(UTC)
    commit = Commit(**given, number=head.number + 1, time=time, previous=head.digest, digest="")
    return replace(commit, digest=digest_of(commit))


def digest_of(commit: Commit) -> str:
    """What the digest of a commit must be, from everything else in it.

    SHA-256 in lower-case hex of a JSON object in canonical form (RFC 8785: members sorted, no
    white space, UTF-8) with these members, all strings but ``number``: ``encoding``
    (``jalon-commit-1``), ``number``, ``time`` (as ``written``), ``author``, ``message``,
    ``source``, ``rules``, ``engine``, ``previous``, and for ``adds``, ``removes`` and ``report``
    the SHA-256 of their bytes in lower-case hex.
    """
    members: dict[str, str | int] = {
        "encoding": ENCODING,
        "number": commit.number,
        "time": written(commit.time),
        "author": commit.author,
        "message": commit.message,
        "source": commit.source,
        "rules": commit.rules,
        "engine": commit.engine,
        "previous": commit.previous,
        "adds": hashlib.sha256(commit.change.adds).hexdigest(),
        "removes": hashlib.sha256(commit.change.removes).hexdigest(),
        "report": hashlib.sha256(commit.report.encode()).hexdigest(),
    }
    # For ASCII names, strings and integers this is what RFC 8785 prescribes.
    text = json.dumps(members, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def batches(commits: Iterable[Commit]) -> Iterator[list[Commit]]:
    """Commits in their order, as many at a time as are kept in one transaction."""
    batch: list[Commit] = []
    size = 0
    for commit in commits:
        batch.append(commit)
        size += len(commit.change.adds) + len(commit.change.removes)
        if len(batch) == MOST_TOGETHER or size >= MOST_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def written(time: datetime) -> str:
    """A time in UTC as ISO 8601 with microseconds: ``2026-11-22T04:30:00.000000Z``."""
    return time.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def read_time(text: str) -> datetime:
    """The time of ``written``, aware and in UTC. Raises ValueError."""
    return datetime.fromisoformat(text)


def ordered(lines: bytes) -> bool:
    """Whether these are whole lines, sorted by their bytes, each once."""
    *each, rest = lines.split(b"\n")
    return not rest and all(map(lt, each, each[1:])) and (not each or bool(each[0]))


def _ordered(lines: Iterable[bytes]) -> bytes:
    return b"".join(b"%s\n" % line for line in sorted(set(lines)))
