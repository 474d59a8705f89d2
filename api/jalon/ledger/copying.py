"""Copying a ledger into another database, as a beginning of it or anew, and back.

What is cut short anywhere is done to its end by doing it again. Nodes are not copied: they serve
from the one database, not from the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Column, Connection, Table, Text, delete, func, insert, select, tuple_, update

from jalon.errors import LedgersDiffer, StorageFull
from jalon.ledger.chain import Chain, Progress, silent
from jalon.ledger.commits import Head, HeadMoved, batches
from jalon.ledger.database import Database
from jalon.ledger.frozen import Frozen
from jalon.ledger.ledger import Clock, Ledger
from jalon.ledger.rows import digest_at
from jalon.ledger.tables import (
    Content,
    audit,
    authors,
    commits,
    documents,
    pins,
    states,
    steps,
    submissions,
    tokens,
)

_LINES, _HEAVY_LINES = 1000, 20
"""Read at once: rows, and those of tables with contents in them."""

_ADDED_TO = (submissions, documents, steps, audit)
"""The tables that nothing is changed in, in an order in which each finds what it names."""

_ENDED = {authors: "erased", tokens: "revoked"}
"""The tables whose rows end: what they have in this column from then on, and before nothing."""

_Row = dict[str, Any]


def copy(
    source: Chain, target: Ledger, copied: Progress = silent, verified: Progress = silent
) -> Head:
    """Has ``target`` hold all that ``source`` does at one moment, and holds it against that.

    Returns the head of both. ``copied`` and ``verified`` are told of commits. Raises LedgersDiffer
    before anything is written where the target has something that the source has not, or after it
    where somebody wrote to the target meanwhile; otherwise as Ledger.
    """
    with source.database.moment() as connection:
        copying = _Copying(Chain(Frozen(source.database, connection)), target)
        copying.run(copied)
        head = target.verify(verified)
        copying.compare()
    return head


def copy_to_file(source: Ledger, target: Path, clock: Clock) -> Head:
    """Writes a ledger, as it is at one moment, into a SQLite file that may be there.

    It is written whole or not at all, and is as ``Ledger.backup`` makes it. Returns the head that
    it ends in. Raises StorageFull, and otherwise as ``copy``.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder,
            closing(Ledger.open(Path(folder) / target.name, clock)) as made,
        ):
            copy(source, made)
            return made.backup(target)
    except StorageFull as error:
        raise StorageFull(variant="copy", file=str(target)) from error


def is_empty(ledger: Ledger) -> bool:
    """Whether nothing was ever kept in a ledger."""
    with ledger.database.read() as connection:
        return all(
            not connection.scalar(select(func.count()).select_from(table))
            for table in (commits, authors, *_ADDED_TO)
        )


class _Copying:
    def __init__(self, source: Chain, target: Ledger) -> None:
        self._source = source
        self._target = target
        self._from: Database = source.database
        self._to: Database = target.database

    def run(self, copied: Progress) -> None:
        """Copies what is missing."""
        self._refuse_another_chain()
        for table in _ADDED_TO:
            self._refuse_other_lines(table)
        for table in _ENDED:
            self._refuse_other_rows(table)
        for table in _ENDED:
            self._copy_rows(table)
        for table in _ADDED_TO:
            self._copy_lines(table)
        self._copy_commits(copied)
        self._copy_pins()
        self._copy_states()

    def compare(self) -> None:
        """Raises LedgersDiffer for the first table that is not the same in both."""
        if self._source.head() != self._target.head():
            raise self._differ("copy", table=commits.name)
        for table in (*_ENDED, pins):
            if _all(self._from, table) != _all(self._to, table):
                raise self._differ("copy", table=table.name)
        for table in (*_ADDED_TO, states):
            pairs = zip_longest(_lines(self._from, table), _lines(self._to, table))
            if any(one != other for one, other in pairs):
                raise self._differ("copy", table=table.name)

    def _refuse_another_chain(self) -> None:
        head, copied = self._source.head(), self._target.head()
        upto = min(head.number, copied.number)
        if not self._same(upto):
            raise self._differ("commit", number=self._first_other(upto))
        if copied.number > head.number:
            raise self._differ("commit", number=head.number + 1)

    def _first_other(self, last: int) -> int:
        """The first commit that differs: a digest is that of all before it too."""
        same, other = 0, last
        while other - same > 1:
            middle = (same + other) // 2
            same, other = (middle, other) if self._same(middle) else (same, middle)
        return other

    def _same(self, number: int) -> bool:
        found = []
        for database in (self._from, self._to):
            with database.read() as connection:
                found.append(digest_at(connection, number))
        return found[0] == found[1]

    def _refuse_other_lines(self, table: Table) -> None:
        """The target's lines are as many as the source has up to the last of them, which both have
        alike."""
        last = _last(self._to, table)
        if last is None:
            return
        upto = tuple_(*_keys(table)) <= tuple_(*_key_of(table, last))
        counted = select(func.count()).select_from(table).where(upto)
        with self._from.read() as one, self._to.read() as other:
            same = one.scalar(counted) == other.scalar(counted)
            kept = one.execute(select(table).where(_is(table, last))).mappings().one_or_none()
        if not same or kept is None or dict(kept) != last:
            raise self._differ("rows", table=table.name)

    def _refuse_other_rows(self, table: Table) -> None:
        """The target's rows are the source's, or what these were before they ended."""
        known = _all(self._from, table)
        for key, row in _all(self._to, table).items():
            if key not in known or not (row == known[key] or self._ends(table, row, known[key])):
                raise self._differ("rows", table=table.name)

    def _ends(self, table: Table, row: _Row, later: _Row) -> bool:
        ended = _ENDED[table]
        forgotten = {name for name in row if table is authors and name in ("name", "address")}
        others = row.keys() - {ended} - forgotten
        same = all(row[name] == later[name] for name in others)
        return same and row[ended] is None and later[ended] is not None

    def _copy_rows(self, table: Table) -> None:
        known = _all(self._to, table)
        with self._to.write() as connection:
            for key, row in _all(self._from, table).items():
                if key not in known:
                    connection.execute(insert(table), row)
                elif row != known[key]:
                    connection.execute(update(table).where(_is(table, row)).values(row))

    def _copy_lines(self, table: Table) -> None:
        last = _last(self._to, table)
        for page in _pages(self._from, table, last):
            with self._to.write() as connection:
                connection.execute(insert(table), page)

    def _copy_commits(self, copied: Progress) -> None:
        head = self._source.head().number
        for batch in batches(self._source.commits(self._target.head().number, head)):
            try:
                self._target.extend(batch)
            except HeadMoved as moved:
                raise self._differ() from moved
            copied(batch[-1].number, head)

    def _copy_pins(self) -> None:
        rows = _all(self._from, pins)
        with self._to.write() as connection:
            connection.execute(delete(pins))
            if rows:
                connection.execute(insert(pins), list(rows.values()))

    def _copy_states(self) -> None:
        """They follow from steps and commits; where a commit was copied before its submission, as
        they stand in the source."""
        for page in _pages(self._from, states, None):
            with self._to.write() as connection:
                for row in page:
                    _put_state(connection, row)

    def _differ(self, variant: str = "", **details: str | int) -> LedgersDiffer:
        chosen = {"variant": variant} if variant else {}
        return LedgersDiffer(file=self._to.name, source=self._from.name, **chosen, **details)


def _put_state(connection: Connection, row: _Row) -> None:
    same = states.c.state == row["state"]
    changed = update(states).where(_is(states, row), ~same).values(row)
    if not connection.execute(changed).rowcount:
        known = select(func.count()).select_from(states).where(_is(states, row))
        if not connection.scalar(known):
            connection.execute(insert(states), row)


def _keys(table: Table) -> Sequence[Column[Any]]:
    return list(table.primary_key.columns)


def _key_of(table: Table, row: _Row) -> tuple[Any, ...]:
    return tuple(row[column.name] for column in _keys(table))


def _is(table: Table, row: _Row) -> Any:  # noqa: ANN401 (a condition)
    return tuple_(*_keys(table)) == tuple_(*_key_of(table, row))


def _last(database: Database, table: Table) -> _Row | None:
    query = select(table).order_by(*(column.desc() for column in _keys(table))).limit(1)
    with database.read() as connection:
        row = connection.execute(query).mappings().one_or_none()
    return None if row is None else dict(row)


def _all(database: Database, table: Table) -> dict[tuple[Any, ...], _Row]:
    """The rows of a small table, by their keys."""
    with database.read() as connection:
        rows = [dict(row) for row in connection.execute(select(table)).mappings()]
    return {_key_of(table, row): row for row in rows}


def _lines(database: Database, table: Table) -> Iterator[_Row]:
    for page in _pages(database, table, None):
        yield from page


def _pages(database: Database, table: Table, last: _Row | None) -> Iterator[list[_Row]]:
    """The rows behind one, in the order of their keys, which are numbers."""
    if any(isinstance(column.type, Text) for column in _keys(table)):
        raise TypeError("databases do not agree on the order of texts")
    heavy = any(isinstance(column.type, Content) for column in table.columns)
    query = select(table).order_by(*_keys(table)).limit(_HEAVY_LINES if heavy else _LINES)
    while True:
        behind = query
        if last is not None:
            behind = query.where(tuple_(*_keys(table)) > tuple_(*_key_of(table, last)))
        with database.read() as connection:
            page = [dict(row) for row in connection.execute(behind).mappings()]
        if not page:
            return
        yield page
        last = page[-1]
