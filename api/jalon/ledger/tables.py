"""The ledger's tables, for statements alone: they are made by ``schema.sql``, ``postgresql.sql``.

What stands in these columns is described there.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Dialect,
    Double,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
    select,
)
from sqlalchemy.types import TypeDecorator

_ESCAPE = "\ufffe"
_ESCAPED = {"\0": f"{_ESCAPE}0", _ESCAPE: _ESCAPE * 2}


class Words(TypeDecorator[str]):
    """Any text; PostgreSQL keeps no U+0000 in text, so that it stands there as U+FFFE and a 0."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """What is kept of a text."""
        if value is None or dialect.name == "sqlite" or not _ESCAPED.keys() & set(value):
            return value
        return value.translate({ord(each): kept for each, kept in _ESCAPED.items()})

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """The text of which this was kept."""
        if not isinstance(value, str) or dialect.name == "sqlite" or _ESCAPE not in value:
            return value
        halves = value.split(_ESCAPED[_ESCAPE])
        return _ESCAPE.join(half.replace(_ESCAPED["\0"], "\0") for half in halves)


class Content(LargeBinary):
    """Bytes, given back as the database has them: what was damaged is not made into bytes."""

    cache_ok = True

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:  # noqa: ARG002, ANN401
        """None: nothing is done to them."""
        return None


_all = MetaData()


def _key(name: str, kind: type[BigInteger | Text] = BigInteger) -> Column[Any]:
    return Column(name, kind, primary_key=True, autoincrement=False)


def _column(name: str, kind: Any = Words) -> Column[Any]:  # noqa: ANN401 (types of columns)
    return Column(name, kind)


meta = Table("meta", _all, _key("name", Text), _column("value"))

head = Table("head", _all, _key("one"), _column("number", BigInteger), _column("digest"))

commits = Table(
    "commits",
    _all,
    _key("number"),
    *map(_column, ("time", "author", "message", "source", "rules", "engine")),
    *map(_column, ("previous", "digest")),
    *(_column(name, BigInteger) for name in ("added", "removed")),
    *(_column(name, Content) for name in ("report", "adds", "removes")),
)

authors = Table("authors", _all, _key("id", Text), *map(_column, ("name", "address", "erased")))

tokens = Table(
    "tokens",
    _all,
    _key("id", Text),
    _column("secret", Content),
    *map(_column, ("author", "scopes", "graphs", "organisations")),
    *map(_column, ("created", "expires", "revoked")),
)

pins = Table("pins", _all, _key("number"), _column("time"))

audit = Table(
    "audit",
    _all,
    _key("line"),
    *map(_column, ("time", "token", "action", "outcome")),
    _column("release", BigInteger),
)

submissions = Table(
    "submissions",
    _all,
    _key("id"),
    *map(_column, ("time", "author", "organisation", "mode", "message")),
)

documents = Table(
    "submission_documents",
    _all,
    _key("submission"),
    _key("place"),
    *map(_column, ("part", "media_type", "name")),
    _column("content", Content),
)

steps = Table(
    "submission_steps",
    _all,
    _key("line"),
    _column("submission", BigInteger),
    *map(_column, ("time", "author", "state", "reason")),
    _column("release", BigInteger),
    *(_column(name, Content) for name in ("report", "adds", "removes")),
)

states = Table(
    "submission_states", _all, _key("submission"), *map(_column, ("organisation", "state"))
)

nodes = Table(
    "nodes", _all, _key("id", Text), _column("release", BigInteger), _column("seen", Double)
)

ALL = tuple(_all.sorted_tables)


def following(connection: Connection, key: Column[int]) -> int:
    """The next number of a table that nothing is ever deleted from, for who alone writes."""
    return (connection.scalar(select(func.max(key))) or 0) + 1
