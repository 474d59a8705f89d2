"""Each request has an id and a line that says what became of it, and nothing of what was asked."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from jalon.store.port import MEGABYTE, Limits
from jalon.store.snapshot import Snapshot
from jalon.web.answers import AnswerBroken
from web.service import Site, Tuning, open_site
from web.watched import logged

TOKEN = "jalon_0123456789abcdef_" + "ab12" * 16
PRIVATE = "measles"
"""What nobody but who asks and who answers may learn of."""

MADE = re.compile(r"[0-9a-f]{16}")


def lines_of(site: Site, method: str, path: str, **options: Any) -> list[dict[str, Any]]:
    with logged() as lines:
        site.ask(method, path, **options)
    return lines


def line_of(site: Site, method: str, path: str, **options: Any) -> dict[str, Any]:
    """The one line on a request."""
    (line,) = (
        each for each in lines_of(site, method, path, **options) if each["event"] == "request"
    )
    return line


def test_a_request_is_a_line(site: Site) -> None:
    line = line_of(site, "GET", "/sparql", params={"query": "ASK {}"})
    assert line.pop("ms") > 0
    assert line.pop("time")
    assert line.pop("lane") in {"quick", "long"}
    assert MADE.fullmatch(line.pop("request"))
    assert line == {
        "level": "info",
        "logger": "jalon.web.observing",
        "event": "request",
        "method": "GET",
        "route": "/sparql",
        "status": 200,
        "bytes": 26,
        "release": 0,
    }


def test_the_id_of_a_request_comes_back_and_is_that_of_its_line(site: Site) -> None:
    with logged() as lines:
        made = site.ask("GET", "/health/live").headers["x-request-id"]
        given = site.ask("GET", "/health/live", headers={"X-Request-Id": "my-own.id_1"})
    assert given.headers["x-request-id"] == "my-own.id_1"
    assert [line["request"] for line in lines] == [made, "my-own.id_1"]


@pytest.mark.parametrize(
    "given", ["", "a b", "a" * 65, "-a", "é".encode().decode("latin-1"), "a;b"]
)
def test_an_id_that_is_none_is_replaced(site: Site, given: str) -> None:
    headers = [(b"X-Request-Id", given.encode("latin-1"))]
    response = site.ask("GET", "/health/live", headers=headers)
    assert MADE.fullmatch(response.headers["x-request-id"])


def test_every_request_has_an_id_of_its_own(site: Site) -> None:
    async def many() -> list[httpx.Response]:
        asked = (site.request("GET", "/sparql", params={"query": "ASK {}"}) for _ in range(10))
        return await asyncio.gather(*asked)

    with logged() as lines:
        answers = site.run(many())
    told = {line["request"] for line in lines if line["event"] == "request"}
    assert told == {answer.headers["x-request-id"] for answer in answers}
    assert len(told) == 10


@pytest.mark.parametrize(
    ("method", "path", "options"),
    [
        ("GET", "/sparql", {"params": {"query": f"ASK {{ ?s ?p '{PRIVATE}' }}"}}),
        ("POST", "/sparql", {"data": {"query": f"ASK {{ ?s ?p '{PRIVATE}' "}}),
        ("GET", f"/doc/{PRIVATE}", {}),
        ("GET", f"/doc/{PRIVATE}", {"headers": {"Accept": "text/html"}}),
        ("GET", f"/{PRIVATE}/x", {"headers": {"User-Agent": PRIVATE}}),
        ("GET", f"/en/thing/{PRIVATE}", {"headers": {"Cookie": PRIVATE}}),
        ("POST", "/validate", {"content": f"<a> <b> '{PRIVATE}' ."}),
        ("PUT", f"/rdf-graph-store?graph={PRIVATE}", {"content": PRIVATE}),
        (PRIVATE, "/sparql", {}),
    ],
)
def test_what_was_asked_is_not_told(
    site: Site, method: str, path: str, options: dict[str, Any]
) -> None:
    lines = lines_of(site, method, path, **options)
    assert lines
    assert not [line for line in lines if PRIVATE in str(line).lower()]


@pytest.mark.parametrize("path", ["/sparql?query=ASK{}", "/nowhere", "/rdf-graph-store?default"])
@pytest.mark.parametrize("header", ["Authorization", "X-Request-Id", "X-Own"])
def test_a_token_is_never_told(site: Site, path: str, header: str) -> None:
    given = f"Bearer {TOKEN}" if header == "Authorization" else TOKEN
    for method in ("GET", "PUT"):
        lines = lines_of(site, method, path, headers={header: given})
        assert lines
        assert "ab12ab12" not in str(lines)


def test_a_token_in_an_address_is_not_told(site: Site) -> None:
    lines = lines_of(site, "GET", f"/id/{TOKEN}", params={"token": TOKEN})
    assert "ab12ab12" not in str(lines)


def test_the_route_stands_for_the_path(site: Site) -> None:
    assert line_of(site, "GET", "/doc/some/thing")["route"] == "/doc/{path:path}"
    assert line_of(site, "GET", "/no/where")["route"] == "(none)"
    assert line_of(site, "DELETE", "/sparql")["route"] == "/sparql"
    # Who is led to a page is led there before any route is taken.
    led = line_of(site, "GET", "/doc/some/thing", headers={"Accept": "text/html"})
    assert (led["route"], led["status"]) == ("/doc/{path:path}", 303)


def test_what_was_wrong_is_told_by_its_code(site: Site) -> None:
    assert line_of(site, "GET", "/sparql", params={"query": "nonsense"})["code"] == "query-syntax"
    assert line_of(site, "GET", "/no/where")["code"] == "not-found"
    assert line_of(site, "DELETE", "/sparql")["code"] == "method-not-allowed"


def test_a_fault_of_ours_has_the_id_too(site: Site) -> None:
    async def fault() -> None:
        raise RuntimeError("a fault")

    site.app.add_api_route("/fault", fault)
    with logged() as lines:
        response = site.ask("GET", "/fault")
    assert (response.status_code, response.json()["code"]) == (500, "internal")
    (line,) = lines
    assert (line["status"], line["code"]) == (500, "internal")
    assert line["request"] == response.headers["x-request-id"]


def test_what_goes_wrong_for_a_request_is_told_with_its_id(
    snapshot: Snapshot, tmp_path: Path
) -> None:
    gone = Snapshot(tmp_path / "gone", snapshot.stamp)
    with open_site(gone, tmp_path) as site:
        lines = lines_of(
            site, "GET", "/sparql", params={"query": "ASK {}"}, headers={"X-Request-Id": "mine"}
        )
    assert [line for line in lines if line["level"] == "warning"]
    assert {line["request"] for line in lines} == {"mine"}


def test_an_answer_that_broke_off_is_told_as_broken(snapshot: Snapshot, tmp_path: Path) -> None:
    limits = Limits(seconds=20, answer_bytes=2 * MEGABYTE)
    many = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o }"
    with (
        open_site(snapshot, tmp_path, Tuning(limits)) as site,
        logged() as lines,
        pytest.raises(AnswerBroken),
    ):
        site.query(many)
    (line,) = (each for each in lines if each["event"] == "request")
    assert (line["status"], line["broken"], line["code"]) == (200, "yes", "query-too-large")
    assert line["bytes"] > MEGABYTE
