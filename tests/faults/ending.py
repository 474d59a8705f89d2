"""SIGTERM at a bad moment: what is under way hangs, or would take long."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from faults.harness import PATIENCE, POLL, NotServed, Plan, Service, served
from faults.load import Load, Record, admin_token
from faults.truth import check

SETTLE_SECONDS = 0.5
REASONING = "reasoning over"
ANSWERED = frozenset({"acknowledged", "not-ready", "publication-pending"})


@dataclass(slots=True)
class Ends:
    """How the write in flight was answered, and after how many seconds the service had ended."""

    answers: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def _writer_hangs(service: Service, _before: str) -> None:
    for pid in service.processes()["writer"]:
        os.kill(pid, signal.SIGSTOP)


def _reasoner_works(service: Service, before: str) -> None:
    began, deadline = before.count(REASONING), time.monotonic() + PATIENCE
    while service.said().count(REASONING) == began:
        if time.monotonic() > deadline:
            raise NotServed("nothing is reasoned over")
        time.sleep(POLL)


Wait = Callable[[Service, str], None]
"""Returns when the moment has come, for who knows what the service had said before."""

MOMENTS: Mapping[str, tuple[Mapping[str, str], Wait]] = {
    "the writer process hangs": ({}, _writer_hangs),
    "a release is reasoned over": ({"JALON_REASONER": "owlrl"}, _reasoner_works),
}


def ends(folder: Path) -> Ends:
    """Tells a service to end at each of these moments; then everything is looked at."""
    found = Ends()
    for number, moment in enumerate(MOMENTS):
        _end(Plan(folder / str(number) / "state", MOMENTS[moment][0]), moment, found)
    return found


def _end(plan: Plan, moment: str, found: Ends) -> None:
    record = Record()
    with served(plan) as service:
        load = Load(service.url, admin_token(plan.folder), record)
        code, seconds = asyncio.run(_told_to_end(service, load, MOMENTS[moment][1]))
        found.answers[code] += 1
        found.seconds[moment] = seconds
        if code not in ANSWERED:
            found.wrong.append(f"{moment}: the write was answered by {code}")
        if service.wait() != 0 or service.left_over():
            found.wrong.append(f"{moment}: the service did not end as it should")
    # What is right is known without what is entailed.
    with served(Plan(plan.folder)) as service:
        found.wrong += [f"{moment}: {each}" for each in (*check(service, record), *record.wrong)]


async def _told_to_end(service: Service, load: Load, wait: Wait) -> tuple[str, float]:
    """How the write in flight was answered, and how long it took until the service had ended."""
    await load.once()
    before = service.said()
    writing = asyncio.create_task(load.once())
    await asyncio.to_thread(wait, service, before)
    await asyncio.sleep(SETTLE_SECONDS)
    began = time.monotonic()
    service.send(signal.SIGTERM)
    await asyncio.to_thread(service.wait)
    return await writing, time.monotonic() - began
