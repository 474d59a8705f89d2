"""Submissions as a ledger keeps them, held against what was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from jalon.ledger.commits import ChangeSet, Commit
from jalon.ledger.ledger import Ledger
from jalon.ledger.submissions import PUBLISHED, TAKEN_BACK, State, Submission

MADE = ("approved", "reverted")
"""The states that a release takes a submission to."""


@dataclass(slots=True)
class Known:
    """A submission as it must be: what was sent, its states, and the releases that it made."""

    content: bytes
    states: list[State]
    releases: list[int] = field(default_factory=list)


def differences(number: int, known: Known, held: Mapping[int, Submission]) -> str:
    """How a submission differs from what was answered."""
    submission = held.get(number)
    if submission is None:
        return f"submission {number} is lost"
    states = [step.state for step in submission.steps]
    if states != known.states:
        return f"submission {number} was {known.states} and is {states}"
    releases = [step.release for step in submission.steps if step.state in MADE]
    if releases != known.releases:
        return f"submission {number} was published as {known.releases}, and is as {releases}"
    return ""


def contents(ledger: Ledger, submission: Submission, known: Mapping[int, Known]) -> str:
    """Whether a submission has the document that was sent, and what it comes to."""
    documents = ledger.submissions.documents(submission.id)
    sent = known[submission.id].content if submission.id in known else None
    if [each.content for each in documents] != [sent]:
        return f"submission {submission.id} has not the document that was sent"
    result = ledger.submissions.result(submission.id)
    return "" if result.report and result.change.adds else f"{submission.id} has no result"


def changes(ledger: Ledger, submission: Submission, commits: Sequence[Commit]) -> str:
    """Whether the commits of a submission are all that it comes to, and all of it backwards."""
    change = ledger.submissions.result(submission.id).change
    back = ChangeSet(change.removes, change.adds)
    for start, whole in ((PUBLISHED, change), (TAKEN_BACK, back)):
        made = [each.change for each in commits if each.source == f"{start}{submission.id}"]
        if made not in ([], [whole]):
            return f"the commits {start}{submission.id} are not one change, and the whole of it"
    return ""


def uncounted(commits: Sequence[Commit], every: Sequence[Submission]) -> str:
    """Whether there are commits that no submission has made."""
    made = sum(step.state in MADE for each in every for step in each.steps)
    begun = sum(not each.source.startswith((PUBLISHED, TAKEN_BACK)) for each in commits)
    return "" if (begun, made) == (1, len(commits) - 1) else f"{len(commits)} commits for {made}"
