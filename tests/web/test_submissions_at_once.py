"""Who ends a submission while it is being published: one of both is told that they are late."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from web.stewarded import PREFIXES, TURTLE, Stewarded, open_stewarded, submitted

DELAYS = (0.0, 0.02, 0.1, 0.3)
"""Seconds after which the other comes; working out what is published takes about as long."""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Stewarded]:
    with open_stewarded(tmp_path) as opened:
        yield opened


async def later(
    site: Stewarded, seconds: float, path: str, token: str, text: str
) -> httpx.Response:
    await asyncio.sleep(seconds)
    headers = {
        "Authorization": f"Bearer {token}",
        "Jalon-Message": "at once",
        "Content-Type": TURTLE,
    }
    content = (PREFIXES + text).encode() if text else None
    return await site.site.request("POST", path, headers=headers, content=content)


async def both(site: Stewarded, number: int, other: str, text: str, delay: float) -> list[int]:
    approved = later(site, 0, f"/submissions/{number}/approve", site.reviewer, "")
    ended = later(site, delay, other, site.calq, text)
    return [each.status_code for each in await asyncio.gather(approved, ended)]


@pytest.mark.parametrize("delay", DELAYS)
def test_what_was_answered_as_rejected_is_not_published(site: Stewarded, delay: float) -> None:
    made = submitted(site.submit('organisation:calq ap:acronym "CAL" .'))
    path = f"/submissions/{made['id']}/reject"
    approved, rejected = site.site.run(both(site, made["id"], path, "", delay))
    assert sorted((approved, rejected)) == [200, 409]
    states = [step["state"] for step in site.get(made["id"])["steps"]]
    assert states == ["ready", "approved" if approved == 200 else "rejected"]
    assert site.newest == (2 if approved == 200 else 1)


@pytest.mark.parametrize("delay", DELAYS)
def test_what_was_superseded_is_not_published(site: Stewarded, delay: float) -> None:
    made = submitted(site.submit('organisation:calq ap:acronym "CAL" .'))
    path = f"/submissions?supersedes={made['id']}"
    text = 'organisation:calq ap:acronym "CALC" .'
    approved, kept = site.site.run(both(site, made["id"], path, text, delay))
    states = [step["state"] for step in site.get(made["id"])["steps"]]
    assert states == ["ready", "approved" if approved == 200 else "superseded"]
    assert kept == 201 or (kept, approved) == (409, 200)
    assert approved == 200 or (approved, kept) == (409, 201)
