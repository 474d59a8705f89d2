"""The service dies at any moment of a submission's life: no step is lost, none is done in part."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from faults.harness import NOT_LISTED, Plan, can_watch
from faults.stories import stories
from faults.submitted import Known, changes, contents, differences
from jalon.ledger.commits import ChangeSet
from jalon.ledger.submissions import Proposed, Result, Sent
from unit.ledger.drafts import chances, draft, ledger_at

pytestmark = pytest.mark.skipif(not can_watch(), reason=NOT_LISTED)

MOMENTS = 5


@pytest.mark.parametrize("first", [1, 2], ids=["Turtle", "sheets"])
def test_what_was_answered_of_submissions_outlives_the_death_of_the_service(
    first: int, tmp_path: Path
) -> None:
    chance, seed = chances()
    found = stories(Plan(tmp_path / "state"), MOMENTS, chance, first)
    assert found.wrong == [], seed
    assert found.moments.total() == MOMENTS
    assert found.killed >= MOMENTS
    assert found.answered.total() > 0, seed


def test_what_is_lost_or_done_in_part_is_seen(tmp_path: Path) -> None:
    """A ledger beside what was answered: each thing that may go wrong is told."""
    change = ChangeSet.of([b"<s:a> <p:a> <o:a> <g:a> .", b"<s:b> <p:a> <o:a> <g:a> ."])
    part = ChangeSet.of([b"<s:a> <p:a> <o:a> <g:a> ."])
    with ledger_at(tmp_path / "ledger.sqlite") as ledger:
        document = Sent("data", "text/turtle", "", b"sent")
        proposed = Proposed("0a" * 12, "library", "replace", "", (document,))
        ledger.submissions.add(proposed, Result("ready", 0, b"{}", change))
        ledger.append(replace(draft(1), change=change, source="submission:1"))
        [submission] = ledger.submissions.page(1, 2)
        held = {1: submission}
        assert differences(1, Known(b"sent", ["ready", "approved"], [1]), held) == ""
        assert contents(ledger, submission, {1: Known(b"sent", [])}) == ""
        assert changes(ledger, submission, [*ledger.commits()]) == ""
        assert "is lost" in differences(2, Known(b"sent", ["ready"]), held)
        assert "approved" in differences(1, Known(b"sent", ["ready", "rejected"]), held)
        assert "published" in differences(1, Known(b"sent", ["ready", "approved"], [2]), held)
        assert "document" in contents(ledger, submission, {1: Known(b"other", [])})
        [commit] = ledger.commits()
        for made in ([replace(commit, change=part)], [commit, commit]):
            assert "one change" in changes(ledger, submission, made)
