from __future__ import annotations

from pathlib import Path

from jalon.store.port import Limits
from jalon.store.snapshot import Snapshot
from web.service import Site, Tuning, open_site


def test_live_answers_without_a_query(site: Site) -> None:
    assert site.ask("GET", "/health/live").json() == {"status": "live"}


def test_ready_says_what_is_served_and_which_limits_hold(site: Site, snapshot: Snapshot) -> None:
    ready = site.ask("GET", "/health/ready").json()
    assert ready["status"] == "ready"
    assert ready["pack"] == {"id": "test:small", "version": "1.0.0"}
    assert ready["triples"] == snapshot.stamp.shown
    assert set(ready["protections"]) == {"network", "memory", "cpu", "files"}


def test_ready_fails_where_no_query_is_answered(snapshot: Snapshot, tmp_path: Path) -> None:
    gone = Snapshot(tmp_path / "gone", snapshot.stamp)
    with open_site(gone, tmp_path, Tuning(Limits(seconds=20))) as site:
        response = site.ask("GET", "/health/ready")
        assert response.status_code == 500
        assert response.json()["code"] == "query-failed"
        assert site.ask("GET", "/health/live").status_code == 200
