"""Every fault that is tried, with how often, and what came out in words."""

from __future__ import annotations

import os
import platform
import random
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from faults.crowding import Crowds, Sizes, crowds
from faults.cutting import cuts, lost_by
from faults.damaging import (
    ENTAILED,
    INDEX,
    KILLED,
    STOPPED,
    Damage,
    all_harms,
    damage_entailed,
    damage_index,
    damage_ledger,
    filled,
)
from faults.ending import ends
from faults.filled_disk import WHATS, can_mount, fillings
from faults.harness import Plan
from faults.hostile import hostilities
from faults.killing import kills
from faults.power import NoShim
from faults.stories import stories

KILLS, STORIES, CUTS, ROUNDS, INPUTS = 500, 100, 100, 10, 300


@dataclass(frozen=True, slots=True)
class Tried:
    """One kind of fault: what was tried, how often, and what came out, of which what is wrong."""

    what: str
    times: int
    outcome: str
    wrong: tuple[str, ...] = ()


Trial = Callable[[Path, random.Random], Iterable[Tried]]
"""Tries one kind of fault in a folder."""


def try_kills(folder: Path, chance: random.Random) -> Iterable[Tried]:
    """Processes are killed."""
    found = kills(folder, KILLS, chance)
    outcome = (
        f"{told(found.moments)}; {found.killed} processes killed; "
        f"{found.acknowledged} writes acknowledged, {found.unacknowledged} not, "
        f"{found.reads} reads, refused: {told(found.refused)}; ready after {spread(found.starts)}"
    )
    yield Tried(
        "kill -9 under a load of writes and reads",
        found.moments.total(),
        outcome,
        _some(found.wrong),
    )


def try_stories(folder: Path, chance: random.Random) -> Iterable[Tried]:
    """Processes are killed while submissions are made and decided on."""
    found = stories(Plan(folder / "state"), STORIES, chance)
    outcome = (
        f"{told(found.moments)}; in the act to {told(found.acts)}; {found.killed} processes "
        f"killed; acts answered: {told(found.answered)}; not answered and done: "
        f"{told(found.kept)}; neither: {told(found.undone)}; refused: {told(found.refused)}; "
        f"ready after {spread(found.starts)}"
    )
    yield Tried(
        "kill -9 in the story of a submission", found.moments.total(), outcome, _some(found.wrong)
    )


def try_power(folder: Path, chance: random.Random) -> Iterable[Tried]:
    """The power is cut."""
    what = "a power cut under a load of writes and reads"
    try:
        control = {mode: lost_by(folder, mode, chance) for mode in ("OFF", "FULL")}
        found = cuts(folder, CUTS, chance)
    except NoShim as reason:
        yield Tried(what, 0, f"skipped: {reason}")
        return
    yield Tried(
        "the control: who does not sync loses, who does does not",
        2,
        f"{control['OFF']} rows lost that were acknowledged without a sync, {control['FULL']} with",
        () if control["OFF"] and not control["FULL"] else ("the shim does not do what it should",),
    )
    outcome = (
        f"{told(found.moments)}; {found.acknowledged} writes acknowledged, "
        f"{found.unacknowledged} not; {found.names} names and {found.sectors} sectors not synced; "
        f"{found.damaged} releases found damaged; ready after {spread(found.starts)}"
    )
    yield Tried(what, found.moments.total(), outcome, _some(found.wrong))


def try_index(folder: Path, chance: random.Random) -> Iterable[Tried]:
    """The files of releases are harmed."""
    right = filled(Plan(folder / "state"), folder / "left", killed=True)
    yield from _damage("index", INDEX, damage_index(right, all_harms(INDEX, chance), chance))


def try_entailed(folder: Path, chance: random.Random) -> Iterable[Tried]:
    """The conclusions that are kept are harmed."""
    right = filled(
        Plan(folder / "state", {"JALON_REASONER": "owlrl"}), folder / "left", killed=False
    )
    yield from _damage(
        "kept conclusions", ENTAILED, damage_entailed(right, all_harms(ENTAILED, chance))
    )


def try_ledger(folder: Path, chance: random.Random) -> Iterable[Tried]:
    """The files of the ledger are harmed."""
    for state, kinds, killed in (("stopped", STOPPED, False), ("killed", KILLED, True)):
        place = folder / state
        right = filled(Plan(place / "state"), place / "left", killed=killed)
        found = damage_ledger(right, all_harms(kinds, chance))
        yield from _damage(f"ledger of a service that was {state}", kinds, found)


def _damage(what: str, kinds: Mapping[str, str], found: Damage) -> Iterable[Tried]:
    for kind in kinds:
        outcomes = Counter({name: n for (each, name), n in found.outcomes.items() if each == kind})
        yield Tried(f"damage to the {what}: {kind}", found.tried[kind], told(outcomes))
    yield Tried(f"damage to the {what}", found.tried.total(), "in all", _some(found.wrong))


def try_full_disk(folder: Path, chance: random.Random) -> Iterable[Tried]:
    """The disk gets full."""
    if not can_mount():
        reason = "this machine does not let us mount a small disk in a namespace"
        yield Tried("a full disk", 0, f"skipped: {reason}")
        return
    for what in WHATS:
        found = fillings(folder, ROUNDS, chance.randrange(2**32), what)
        outcome = (
            f"writes while it was full: {told(found.full)}; while it got full: "
            f"{told(found.racing)}; small reads: {told(found.reads)}; reads over 1 MiB: "
            f"{told(found.large_reads)}; started on a full disk: {told(found.starts)}; "
            f"{found.acknowledged} writes acknowledged"
        )
        wrong = _some(found.wrong)
        yield Tried(f"a disk full of {what}, filled and freed again", found.rounds, outcome, wrong)


def try_crowds(folder: Path, chance: random.Random) -> Iterable[Tried]:
    """Many at once."""
    sizes = Sizes()
    found = crowds(folder, sizes, chance)
    yield Tried(
        f"{sizes.endless} endless queries while cheap ones run",
        sizes.cheap,
        f"cheap ones alone {percentiles(found.cheap)}, beside them "
        f"{percentiles(found.cheap_in_crowd)}; refused: {told(found.refused)}; "
        f"the endless: {told(found.endless)}",
        _refused(found),
    )
    yield Tried(
        f"{sizes.silent} clients that never read, {sizes.half} half requests",
        sizes.silent + sizes.half,
        f"{told(found.beside)} plain queries beside them",
    )
    yield Tried(
        "SIGTERM with work in flight",
        1,
        f"what ends soon: {told(found.in_flight)}; ended after {found.ended_after:.1f} s",
        _some(found.wrong),
    )


def try_ends(folder: Path, _chance: random.Random) -> Iterable[Tried]:
    """SIGTERM at bad moments."""
    found = ends(folder)
    after = ", ".join(f"{seconds:.1f} s when {what}" for what, seconds in found.seconds.items())
    outcome = f"ended after {after}; the write in flight: {told(found.answers)}"
    yield Tried("SIGTERM at a bad moment", len(found.seconds), outcome, _some(found.wrong))


def _refused(found: Crowds) -> tuple[str, ...]:
    return tuple(f"{n} cheap queries: {code}" for code, n in found.refused.items())


def try_hostile(folder: Path, chance: random.Random) -> Iterable[Tried]:
    """Hostile inputs."""
    found = hostilities(folder, INPUTS, chance)
    outcome = f"{told(found.answers)}; {found.connections} connections at the listener"
    yield Tried("hostile inputs", found.tried.total(), outcome, _some(found.wrong))


TRIALS: Mapping[str, Trial] = {
    "kills": try_kills,
    "stories": try_stories,
    "power": try_power,
    "index": try_index,
    "entailed": try_entailed,
    "ledger": try_ledger,
    "disk": try_full_disk,
    "crowds": try_crowds,
    "ends": try_ends,
    "hostile": try_hostile,
}


def told(counts: Counter[str]) -> str:
    """Counts in words, the largest first."""
    return ", ".join(f"{number} {name}" for name, number in counts.most_common()) or "none"


def spread(seconds: list[float]) -> str:
    """The middle and the worst of some times."""
    return f"{statistics.median(seconds):.1f} s in the middle, {max(seconds):.1f} s at worst"


def percentiles(seconds: list[float]) -> str:
    """The 50th and 99th percentile of some times."""
    ordered = sorted(seconds)
    middle, late = (ordered[min(len(ordered) - 1, len(ordered) * n // 100)] for n in (50, 99))
    return f"p50 {middle * 1000:.0f} ms, p99 {late * 1000:.0f} ms"


def machine() -> str:
    """Where this runs, and how busy it is besides."""
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, load {load}"


def _some(wrong: list[str]) -> tuple[str, ...]:
    return tuple(wrong)
