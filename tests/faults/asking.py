"""How fault tests ask, and how they see that the service is well."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from starlette.types import Message

from jalon.store.outline import OutlineLimits
from jalon.store.port import Limits
from web.service import Site

SPARQL = {"Content-Type": "application/sparql-query"}
NO_OUTLINE = OutlineLimits(bytes=10**9, depth=10**9, operators=10**9)
SHORT = Limits(seconds=1.5)
PLENTY = Limits(seconds=60)

CARTESIAN = "SELECT * {?a ?b ?c. ?d ?e ?f. ?g ?h ?i}"
ENDLESS = CARTESIAN.replace("*", "(COUNT(?a) AS ?n)")
GREEDY = f"SELECT (COUNT(*) AS ?n) {{ {CARTESIAN.replace('*', 'DISTINCT *')} }}"


def code(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


def post(site: Site, text: str) -> httpx.Response:
    return site.ask("POST", "/sparql", content=text.encode(), headers=SPARQL)


def assert_well(site: Site) -> None:
    """The next query is answered."""
    assert site.query("ASK { ?s ?p ?o }").json()["boolean"] is True


def children() -> set[str]:
    """The processes that this one has started and that have not been reaped."""
    if not Path("/proc/self/task").is_dir():
        pytest.skip("this machine does not list the children of a process in /proc")
    gc.collect()
    return {
        child
        for task in Path("/proc/self/task").iterdir()
        for child in (task / "children").read_text(encoding="ascii").split()
    }


async def another_child(before: set[str]) -> set[str]:
    """The processes that have been started since then, when there are any."""
    while True:
        started = children() - before
        if started:
            return started
        await asyncio.sleep(0.01)


async def until(holds: Callable[[], bool]) -> None:
    """Returns when something holds."""
    while True:
        if holds():
            return
        await asyncio.sleep(0.01)


async def until_started(site: Site, count: int) -> None:
    """Returns when so many query processes have been started."""
    await until(lambda: site.store.pool_state.started >= count)


async def until_ended(site: Site, count: int) -> None:
    """Returns when so many query processes have ended, and have been reaped."""
    await until(lambda: sum(site.store.pool_state.ended.values()) >= count)


def several(text: str, count: int) -> list[str]:
    """The same query in so many texts, so that one answer does not do for all."""
    return [f"{text} # {number}" for number in range(count)]


async def call_and_leave(site: Site, text: str, left: asyncio.Event) -> None:
    """A GET whose client goes away when ``left`` is set."""
    first = True

    async def receive() -> Message:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": b"", "more_body": False}
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        del message

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "path": "/sparql",
        "raw_path": b"/sparql",
        "root_path": "",
        "scheme": "http",
        "query_string": str(httpx.QueryParams({"query": text})).encode(),
        "headers": [],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await site.app(scope, receive, send)
