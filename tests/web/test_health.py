from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

from jalon.build import ledger_of
from jalon.ledger.ledger import Ledger
from jalon.settings import read_settings
from jalon.store.port import Limits
from jalon.store.snapshot import Snapshot
from web.service import Site, Tuning, open_site
from web.watched import TINY, draft, open_watched


def test_live_answers_without_a_query(site: Site) -> None:
    assert site.ask("GET", "/health/live").json() == {"status": "live", "release": 0}


def test_ready_says_what_is_served_and_which_limits_hold(site: Site, snapshot: Snapshot) -> None:
    response = site.ask("GET", "/health/ready")
    ready = response.json()
    assert ready["status"] == "ready"
    assert ready["pack"] == {"id": "test:small", "version": "1.0.0"}
    assert ready["release"] == 0
    assert ready["triples"] == snapshot.stamp.shown
    assert set(ready["protections"]) == {"network", "memory", "cpu", "files"}
    assert response.headers["cache-control"] == "no-store"


def test_where_nobody_is_meant_to_write_reading_is_all_there_is(site: Site) -> None:
    ready = site.ask("GET", "/health/ready").json()
    assert ready["status"] == "ready"
    assert ready["writes"] == {"possible": False, "reason": "read-only"}
    assert "ledger" not in ready


def test_ready_fails_where_no_query_is_answered(snapshot: Snapshot, tmp_path: Path) -> None:
    gone = Snapshot(tmp_path / "gone", snapshot.stamp)
    with open_site(gone, tmp_path, Tuning(Limits(seconds=20))) as site:
        response = site.ask("GET", "/health/ready", headers={"Accept-Language": "fr"})
        problem = response.json()
        assert (response.status_code, problem["code"]) == (503, "not-ready")
        assert "query-failed" in problem["detail"]
        assert problem["detail"].startswith("Une requête d'essai")
        assert site.ask("GET", "/health/live").status_code == 200


def test_ready_says_how_far_the_ledger_is(tmp_path: Path) -> None:
    with open_watched(tmp_path) as watched:
        release = watched.commit(1)
        ready = watched.site.ask("GET", "/health/ready").json()
        assert ready["status"] == "ready"
        assert ready["release"] == release
        assert ready["ledger"] == {"head": release, "lag": 0}
        assert ready["writes"] == {"possible": True}


def test_a_commit_may_wait_for_its_release(tmp_path: Path) -> None:
    with open_watched(tmp_path) as watched, closing(_ledger(tmp_path)) as ledger:
        head = ledger.append(draft(1)).number
        ready = watched.site.ask("GET", "/health/ready").json()
        assert ready["ledger"] == {"head": head, "lag": 1}
        assert ready["status"] == "ready"


def test_a_commit_that_waits_too_long_for_its_release_is_no_good_sign(tmp_path: Path) -> None:
    with open_watched(tmp_path, patience=0) as watched, closing(_ledger(tmp_path)) as ledger:
        assert watched.site.ask("GET", "/health/ready").status_code == 200
        head = ledger.append(draft(1)).number
        response = watched.site.ask("GET", "/health/ready")
        assert (response.status_code, response.json()["code"]) == (503, "not-ready")
        assert response.json()["localized"]["en"]["detail"].startswith(f"Release {head} ")
        assert watched.site.ask("GET", "/health/live").json()["release"] == head - 1


def test_nothing_is_ready_whose_state_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    with open_watched(folder) as watched:
        folder.rename(tmp_path / "elsewhere")
        response = watched.site.ask("GET", "/health/ready")
        assert response.status_code == 503
        assert watched.site.ask("GET", "/health/live").status_code == 200
        (tmp_path / "elsewhere").rename(folder)
        assert watched.site.ask("GET", "/health/ready").status_code == 200


def test_nothing_is_ready_that_stops(tmp_path: Path) -> None:
    with open_watched(tmp_path) as watched:
        watched.health.stop()
        response = watched.site.ask("GET", "/health/ready")
        assert (response.status_code, response.json()["code"]) == (503, "not-ready")
        assert watched.site.ask("GET", "/health/live").status_code == 200


def test_who_asks_often_starts_no_more_queries(tmp_path: Path) -> None:
    with open_watched(tmp_path, query_queue=1) as watched:

        async def ask_at_once() -> list[int]:
            asked = (watched.site.request("GET", "/health/ready") for _ in range(50))
            return [response.status_code for response in await asyncio.gather(*asked)]

        # Fifty queries of our own would be too many for a queue of one.
        assert watched.site.run(ask_at_once()) == [200] * 50


def _ledger(folder: Path) -> Ledger:
    return ledger_of(read_settings(data_dir=folder, pack=TINY))
