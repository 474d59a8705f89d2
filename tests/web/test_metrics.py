"""/metrics says what happened, in as many series whoever asks for whatever."""

from __future__ import annotations

import random
import re
import secrets
import string
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from jalon.content.locate import find_pack
from web.service import Parameters
from web.watched import Watched, open_watched

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
PAGE = find_pack(None) / "docs" / "operating.md"
REQUESTS = "jalon_requests_total"
SECONDS = "jalon_request_seconds_count"


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with open_watched(tmp_path_factory.mktemp("state"), query_seconds=1) as opened:
        yield opened


def test_they_come_as_text_that_nobody_keeps(watched: Watched) -> None:
    response = watched.site.ask("GET", "/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert "# TYPE jalon_requests_total counter" in response.text
    assert "# HELP jalon_request_seconds " in response.text


def test_a_query_is_counted_by_what_it_took_to_answer_it(watched: Watched) -> None:
    kinds = ("quick", "long", "cached", "refused")

    def counted(text: str, parameters: Parameters | None = None) -> dict[str, float]:
        before = {kind: watched.value(SECONDS, kind=kind) for kind in kinds}
        watched.site.query(text, parameters=parameters)
        after = {kind: watched.value(SECONDS, kind=kind) for kind in kinds}
        return {kind: after[kind] - before[kind] for kind in kinds if after[kind] != before[kind]}

    text = f"{COUNT} # once"
    assert counted(text) in ({"quick": 1.0}, {"long": 1.0})
    assert counted(text) == {"cached": 1.0}
    assert counted("{" * 5000) == {"refused": 1.0}


def test_an_answer_that_a_client_has_already_counts_as_kept(watched: Watched) -> None:
    tag = watched.site.query(COUNT).headers["etag"]
    before = watched.value(SECONDS, kind="cached")
    asked = {"params": {"query": COUNT}, "headers": {"If-None-Match": tag}}
    assert watched.site.ask("GET", "/sparql", **asked).status_code == 304
    assert watched.value(SECONDS, kind="cached") == before + 1


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/en/", "page"),
        ("GET", "/fr/thing/nothing", "page"),
        ("GET", "/doc/id/thing/1", "describe"),
        ("POST", "/validate", "validate"),
        ("GET", "/rdf-graph-store?default", "describe"),
        ("OPTIONS", "/sparql", "other"),
        ("GET", "/health/live", "other"),
        ("GET", "/nowhere", "other"),
    ],
)
def test_requests_are_told_apart_by_kind(
    watched: Watched, method: str, path: str, kind: str
) -> None:
    before = watched.value(SECONDS, kind=kind)
    watched.site.ask(method, path)
    # Reading the metrics is a request itself, which is counted when it has been answered.
    own = 1 if kind == "other" else 0
    assert watched.value(SECONDS, kind=kind) == before + 1 + own


def test_problems_are_counted_by_code(watched: Watched) -> None:
    before = watched.value("jalon_problems_total", code="query-syntax")
    watched.site.query("SELECT nonsense")
    assert watched.value("jalon_problems_total", code="query-syntax") == before + 1


def test_a_query_that_is_stopped_counts_with_its_reason_and_its_process_is_replaced(
    watched: Watched,
) -> None:
    before, started = _stopped(watched), watched.value("jalon_query_workers_started_total")
    assert watched.site.query(ENDLESS).json()["code"] == "query-timeout"
    # Its process is buried beside its answer.
    assert watched.until(lambda: _stopped(watched) > before)
    assert watched.value("jalon_problems_total", code="query-timeout") >= 1
    assert watched.value("jalon_query_workers_ended_total", reason="memory") == 0
    assert watched.site.query(f"{COUNT} # after").status_code == 200
    assert watched.until(lambda: watched.value("jalon_query_workers_started_total") > started)


def test_commits_and_releases_are_counted(watched: Watched) -> None:
    before, release = watched.value("jalon_commits_total"), watched.commit(secrets.randbits(40))
    assert watched.value("jalon_release") == release
    assert watched.value("jalon_ledger_head") == release
    assert watched.value("jalon_ledger_lag") == 0
    assert watched.value("jalon_commits_total") == before + 1
    assert watched.value("jalon_publication_seconds_count") >= 1
    assert watched.value("jalon_publication_seconds_sum") > 0
    assert watched.value("jalon_writes_possible") == 1
    assert 0 < watched.value("jalon_disk_free_bytes") <= watched.value("jalon_disk_bytes")


def test_the_cache_is_counted(watched: Watched) -> None:
    text = f"{COUNT} # {secrets.token_hex(8)}"
    hits, misses = (
        watched.value("jalon_cache_hits_total"),
        watched.value("jalon_cache_misses_total"),
    )
    watched.site.query(text)
    watched.site.query(text)
    assert watched.value("jalon_cache_hits_total") == hits + 1
    assert watched.value("jalon_cache_misses_total") == misses + 1
    bound = watched.value("jalon_cache_bound_bytes")
    assert 0 < watched.value("jalon_cache_bytes") <= bound


def test_what_runs_is_named(watched: Watched) -> None:
    (labels,) = (dict(labels) for name, labels in watched.series() if name == "jalon_info")
    assert labels["pack"] == "example:village-libraries"
    assert labels["engine"].startswith("pyoxigraph ")


def test_every_metric_is_documented_and_every_one_that_is_documented_is_there(
    watched: Watched,
) -> None:
    documented = re.findall(r"`(jalon_[a-z_]+)(?:\{[a-z_,]+\})?`", PAGE.read_text("utf-8"))
    families = text_string_to_metric_families(watched.site.ask("GET", "/metrics").text)
    there = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in families
        if family.name.startswith("jalon_")
    }
    assert there == set(documented)


def test_hostile_requests_make_no_series(watched: Watched) -> None:
    seed = secrets.randbits(32)
    chosen = random.Random(seed)  # noqa: S311 (a seed that is told is wanted)
    first = [
        "/",
        "/en/",
        "/sparql",
        "/doc/",
        "/queries/",
        "/id/",
        "/graph/",
        "/metrics/",
        "/fr/thing/",
    ]
    for path in first:
        watched.site.ask("GET", path)
        watched.site.ask("DELETE", path)
        watched.site.ask("GET", f"{path}x{chosen.random()}")
    watched.site.ask("GET", "/health/live")
    known = _names(watched)
    for _ in range(100):
        tail = "".join(chosen.choices(string.printable, k=30))
        method = chosen.choice(["GET", "HEAD", "DELETE", "BREW", "X" * 200])
        asked = {"params": {tail: tail}, "headers": {"X-Request-Id": "a" * chosen.randrange(1, 90)}}
        try:
            watched.site.ask(method, f"{chosen.choice(first)}{tail}", **asked)
        except (ValueError, httpx.InvalidURL):
            continue  # the client refuses to send it
    new = {name for name in _names(watched) - known if dict(name[1]).get("status") is None}
    assert new == set(), f"seed {seed}"
    routes = {dict(labels)["route"] for name, labels in watched.series() if name == REQUESTS}
    templates = {getattr(route, "path", "") for route in watched.site.app.routes}
    assert routes <= templates | {"(none)"}, f"seed {seed}"


def test_services_in_one_process_count_apart(watched: Watched, tmp_path: Path) -> None:
    watched.site.query(COUNT)
    with open_watched(tmp_path) as other:
        assert other.value(REQUESTS, route="/sparql", status="2xx") == 0
        assert watched.value(REQUESTS, route="/sparql", status="2xx") > 0


def _names(watched: Watched) -> set[tuple[str, frozenset[tuple[str, str]]]]:
    return set(watched.series())


def _stopped(watched: Watched) -> float:
    reasons = ("deadline", "slow", "processor-time")
    return sum(watched.value("jalon_query_workers_ended_total", reason=each) for each in reasons)
