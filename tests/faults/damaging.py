"""Harm done to the files of a service that does not run, and what it makes of them."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from pyoxigraph import Quad

from faults.harming import Harm, copied, harms
from faults.harness import TINY, NotServed, Plan, Service, served
from faults.load import GRAPHS, admin_token, now, said
from faults.truth import commits_in, difference, dump
from jalon.build import pack_of, publishing
from jalon.ledger.audit import AuditLine
from jalon.ledger.commits import ChangeSet, Commit
from jalon.ledger.ledger import PLACE, Ledger
from jalon.ledger.tokens import TokenRecord
from jalon.settings import read_settings
from jalon.store.intake import Proposal
from jalon.store.snapshot import Snapshot, Stamp, read_snapshot

WRITES = 12
INDEX: Mapping[str, str] = {
    "*.sst": "releases/{release}/checkpoint/*.sst",
    "MANIFEST": "releases/{release}/checkpoint/MANIFEST-*",
    "CURRENT": "releases/{release}/checkpoint/CURRENT",
    "OPTIONS": "releases/{release}/checkpoint/OPTIONS-*",
    "*.log": "releases/{release}/checkpoint/*.log",
    "snapshot.json": "releases/{release}/snapshot.json",
    "layout.json": "layout.json",
    "the live index": "index/*/index/*",
}
STOPPED: Mapping[str, str] = {
    "ledger.sqlite": "ledger/ledger.sqlite",
    "its watermark": "ledger/ledger.sqlite.head",
}
KILLED: Mapping[str, str] = {
    **STOPPED,
    "its log": "ledger/ledger.sqlite-wal",
    "its shared memory": "ledger/ledger.sqlite-shm",
}
"""Files of the ledger as a service that was stopped leaves them, and one that was killed."""

ENTAILED: Mapping[str, str] = {"entailed": "entailed/*.conclusions"}
MADE_AGAIN = ("is made again", "is damaged", "says nothing", "damaged, and concluded again")


@dataclass(slots=True)
class Damage:
    """What was harmed, by kind, and what came of it, by kind and outcome."""

    tried: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, kind: str, outcome: str) -> None:
        """Counts one harm."""
        self.tried[kind] += 1
        self.outcomes[kind, outcome] += 1


@dataclass(frozen=True, slots=True)
class Filled:
    """A data folder with something in it, and what is right to find there."""

    plan: Plan
    commits: Sequence[Commit]
    stamps: Mapping[int, Stamp]
    beside: tuple[list[TokenRecord], list[AuditLine]]

    @property
    def folder(self) -> Path:
        """The folder itself, which is not changed any more."""
        return self.plan.folder


def filled(plan: Plan, place: Path, *, killed: bool) -> Filled:
    """A data folder filled in some releases, as a process leaves it in a place.

    Where it is killed, the log of the ledger is not empty, and a live index is there.
    """
    settings = read_settings(data_dir=plan.folder, pack=TINY, reasoner=plan.reasoner)

    async def story() -> None:
        async with publishing(settings, pack_of(settings)) as publisher:
            for number in range(WRITES):
                lines = (f"{line} <{GRAPHS[0]}> .".encode() for line in said("writer-0", number))
                await publisher.commit(Proposal(ChangeSet.of(lines), "author", "adds", "test"))
            admin_token(plan.folder)
            if killed:
                await asyncio.to_thread(copied, plan.folder, place)

    asyncio.run(story())
    if not killed:
        copied(plan.folder, place)
    left = replace(plan, folder=place)
    seen = copied(place, plan.folder)
    return Filled(left, commits_in(seen), stamps_in(seen), beside(seen))


def beside(folder: Path) -> tuple[list[TokenRecord], list[AuditLine]]:
    """What the ledger keeps beside the chain of commits."""
    with closing(Ledger.open(folder / PLACE, now, read_only=True)) as ledger:
        return ledger.tokens.all(), ledger.audit.lines()


def stamps_in(folder: Path) -> dict[int, Stamp]:
    """What the releases that stand ready say of themselves, but for the digests of their files."""
    place = folder / "releases"
    found = {
        int(each.name): read_snapshot(each) for each in place.iterdir() if each.name.isdecimal()
    }
    return {number: _told(each) for number, each in found.items() if each is not None}


def _told(snapshot: Snapshot) -> Stamp:
    return replace(snapshot.stamp, seals={})


def harmed(right: Filled) -> Plan:
    """A copy to be harmed."""
    plan = replace(right.plan, folder=right.folder.with_name("harmed"))
    copied(right.folder, plan.folder)
    return plan


def answers_of(right: Filled) -> set[Quad]:
    """What is answered where nothing is harmed."""
    with served(harmed(right)) as service:
        return dump(service)


def all_harms(kinds: Mapping[str, str], chance: random.Random) -> list[Harm]:
    """Everything that is done to files of these kinds."""
    return [harm for kind in kinds for harm in harms(kind, chance)]


def damage_index(right: Filled, tried: Sequence[Harm], chance: random.Random) -> Damage:
    """Harms one file after another of the releases; the service must make them again."""
    found = Damage()
    for harm in tried:
        plan = harmed(right)
        release = chance.choice((max(right.stamps), min(right.stamps)))
        place = INDEX[harm.kind].format(release=release)
        told = harm.do(chance.choice(sorted(plan.folder.glob(place))))
        before = _made(plan.folder, release)
        try:
            with served(plan) as service:
                wrong = _wrong_answers(service, right, release)
                again = before != _made(plan.folder, release)
                found.add(harm.kind, "made again" if again else _outcome(service))
        except NotServed as refusal:
            found.add(harm.kind, "not served")
            wrong = [str(refusal)[-300:]]
        found.wrong += [f"release {release}, {told}: {each}" for each in wrong]
    return found


def _made(folder: Path, release: int) -> int:
    """When a release was put where it stands."""
    return (folder / "releases" / str(release)).stat().st_ctime_ns


def _outcome(service: Service) -> str:
    return "made again" if any(each in service.said() for each in MADE_AGAIN) else "harmless"


def _wrong_answers(service: Service, right: Filled, release: int) -> list[str]:
    """What the service says wrongly of its newest release, and of the one that was harmed."""
    newest = max(right.stamps)
    told = [difference(service, right.commits)]
    if release != newest:
        told.append(difference(service, right.commits[:release], release))
    stamps = stamps_in(service.plan.folder)
    for number in {newest, release}:
        stamp = stamps.get(number)
        if stamp != right.stamps[number]:
            told.append(f"release {number} is said to be {stamp}, not {right.stamps[number]}")
    return list(filter(None, told))


def damage_entailed(right: Filled, tried: Sequence[Harm]) -> Damage:
    """Harms what is kept of conclusions where no release stands any more: they are drawn again."""
    found = Damage()
    answers = answers_of(right)
    for harm in tried:
        plan = harmed(right)
        shutil.rmtree(plan.folder / "releases")
        for file in sorted(plan.folder.glob(ENTAILED[harm.kind])):
            told = harm.do(file)
        with served(plan) as service:
            found.add(harm.kind, _outcome(service))
            if dump(service) != answers:
                found.wrong.append(f"{told}: other answers")
    return found


def damage_ledger(right: Filled, tried: Sequence[Harm]) -> Damage:
    """Harms one file of the ledger after another; never is less served than was acknowledged."""
    found = Damage()
    for harm in tried:
        plan = harmed(right)
        file = plan.folder / KILLED[harm.kind]
        told = harm.do(file)
        try:
            with served(plan) as service:
                same = beside(plan.folder) == right.beside
                found.add(harm.kind, "harmless" if same else "other tokens or audit lines")
                if commits_in(plan.folder) != right.commits:
                    found.wrong.append(f"{told}: served with other commits")
                found.wrong += filter(None, [difference(service, right.commits)])
        except NotServed as refusal:
            found.add(harm.kind, "refused")
            if str(plan.folder / "ledger") not in str(refusal):
                found.wrong.append(f"{told}: refused without a word on it: {refusal}")
    return found
