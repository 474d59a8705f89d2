"""The use case "look back": which releases there are, what each is, and which one is asked."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import datetime

from jalon.errors import ReleaseUnknown
from jalon.ledger.commits import Summary
from jalon.ledger.ledger import Ledger
from jalon.services.entering import SOURCE
from jalon.services.keeping import Keeping
from jalon.store.releases import Releases
from jalon.store.shelf import Shelf
from jalon.store.snapshot import Stamp

SHOWN_CHARACTERS = 100
"""How much of what is no number an error repeats."""

KEPT = 10_000
"""Of how many releases it is kept when they were made."""

_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AsOf:
    """The release as of which something is said; ``asked``: it was asked for by its number.

    ``identity`` names exactly its content (Stamp), ``digest`` is that of its commit, ``newest`` the
    number of the newest release at that moment. ``time`` is None where no ledger knows it.
    """

    number: int
    identity: str
    digest: str
    newest: int
    asked: bool = False
    time: datetime | None = None

    @property
    def is_older(self) -> bool:
        """Whether there is a newer release."""
        return self.number < self.newest


@dataclass(frozen=True, slots=True)
class Release:
    """A release: its commit, who made it, and how it stands.

    ``author`` is a name, None where there is none or no longer one. ``stamp`` says what the index
    of the release holds and what was entailed by which rules; it is None for one that does not
    stand ready, and would be rebuilt for who asks it. ``same_rules``: the rules in force are those
    that it was published under.
    """

    commit: Summary
    author: str | None
    stamp: Stamp | None
    pinned: bool
    same_rules: bool

    @property
    def number(self) -> int:
        """Its number."""
        return self.commit.number

    @property
    def is_ready(self) -> bool:
        """Whether it can be asked without being rebuilt."""
        return self.stamp is not None


class History:
    """The releases of one ledger, up to the newest that can be asked."""

    def __init__(self, ledger: Ledger, shelf: Shelf, releases: Releases) -> None:
        self._ledger = ledger
        self._shelf = shelf
        self._releases = releases
        self._times: Keeping[datetime] = Keeping(KEPT, lambda _: 1)
        self._packs: Keeping[str] = Keeping(KEPT, lambda _: 1)

    @property
    def newest(self) -> int:
        """The number of the newest release. Raises NotReady before there is one."""
        return self._releases.current.stamp.number

    def number(self, written: str) -> int:
        """The number of a release that there is. Raises ReleaseUnknown for anything else."""
        number, newest = release_number(written, self.newest), self.newest
        if not 1 <= number <= newest:
            raise ReleaseUnknown(release=number, current=newest)
        return number

    async def release(self, number: int) -> Release:
        """One release. Raises ReleaseUnknown."""
        if not 1 <= number <= self.newest:
            raise ReleaseUnknown(release=number, current=self.newest)
        found = await asyncio.to_thread(self._read, number - 1, number)
        return found[0]

    async def page(self, limit: int, before: int | None = None) -> tuple[Release, ...]:
        """Up to ``limit`` releases with smaller numbers than ``before``, the newest first."""
        upto = self.newest if before is None else min(before - 1, self.newest)
        if upto < 1:
            return ()
        found = await asyncio.to_thread(self._read, max(upto - limit, 0), upto)
        return tuple(reversed(found))

    async def time(self, number: int) -> datetime:
        """When a release was made; aware, in UTC. For one that there is."""

        async def read() -> datetime:
            return await asyncio.to_thread(self._time, number)

        return await self._times.get(number, read)

    async def has_pack(self, number: int, digest: str) -> bool:
        """Whether the pack with this digest is the one that a release has."""

        async def read() -> str:
            return await asyncio.to_thread(self._pack, number)

        return await self._packs.get(number, read) == SOURCE + digest

    def _read(self, after: int, upto: int) -> list[Release]:
        pins = frozenset(self._ledger.pins())
        ready = frozenset(self._shelf.numbers())
        rules = self._releases.current.stamp.derivation.rules
        return [
            Release(
                commit=commit,
                author=self._name(commit.author),
                stamp=self._stamp(commit) if commit.number in ready else None,
                pinned=commit.number in pins,
                same_rules=commit.rules == rules,
            )
            for commit in self._ledger.summaries(after, upto)
        ]

    def _name(self, author: str) -> str | None:
        known = self._ledger.author(author)
        return known.name if known else None

    def _stamp(self, commit: Summary) -> Stamp | None:
        """What a release holds that stands ready, as it says itself; not checked file by file."""
        found = self._shelf.find(commit.number)
        return found.stamp if found is not None and found.stamp.commit == commit.digest else None

    def _time(self, number: int) -> datetime:
        return next(self._ledger.summaries(number - 1, number)).time

    def _pack(self, number: int) -> str:
        """The source of the last pack that was brought in up to a release."""
        sources = [each.source for each in self._ledger.summaries(0, number)]
        return next((each for each in reversed(sources) if each.startswith(SOURCE)), "")


def release_number(written: str, newest: int) -> int:
    """The number that somebody wrote. Raises ReleaseUnknown where it is none."""
    if not _NUMBER.fullmatch(written):
        shown = written[:SHOWN_CHARACTERS]
        raise ReleaseUnknown(variant="number", release=shown, current=newest)
    return int(written)
