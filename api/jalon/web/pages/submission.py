"""The page of one submission: how it came to where it stands, what it changes, what is wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jalon.ledger.submissions import State, Step, Submission
from jalon.services.pinning import sheets_of
from jalon.services.rights import Grant, Scope
from jalon.services.submissions import Told
from jalon.web.pages.answers import Problem
from jalon.web.pages.links import Link, Names
from jalon.web.pages.reports import ReportView, report_view
from jalon.web.pages.signing_in import SignedIn
from jalon.web.pages.submission_cells import SheetView, sheet_view, without_cells
from jalon.web.pages.submission_shifts import Drawing, FormView, ThingShifts
from jalon.web.pages.submissions import (
    Moment,
    SubmissionView,
    Telling,
    list_link,
    moment,
    release_link,
    state_label,
)
from jalon.web.pages.words import Text
from jalon.web.submission_views import NEXT

MOST_SHIFTS, MOST_RESULTS = 500, 500
"""How much the page tells one by one; the rest is counted."""


@dataclass(frozen=True, slots=True)
class StepView:
    """A state that it came to; ``by`` leads to the submission that took its place, if one did."""

    state: State
    label: str
    time: Moment
    author: str
    reason: str
    by: Link | None
    release: Link


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong: the report, and how many of its results are not told."""

    report: ReportView
    left_out: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What who has signed in may do with it; ``own``: they have made it themselves."""

    step: str
    own: bool

    @property
    def needs_reason(self) -> bool:
        """Whether it is to be said why."""
        return self.step == "reject"

    @property
    def name(self) -> str:
        """By what texts of ours it goes: rejecting what is one's own is withdrawing it."""
        return "withdraw" if self.step == "reject" and self.own else self.step


@dataclass(frozen=True, slots=True)
class SubmissionPage:
    """Everything that the page shows.

    ``sheet`` is there where it was sent as a spreadsheet: its cells say what is wrong, and
    ``wrong`` what no cell is about. ``earlier`` is how many results were there without it.
    ``again`` leads to the form for another that takes its place, where there may be one.
    ``refusal`` is why a decision was not made.
    """

    who: SignedIn
    list: Link
    submission: SubmissionView
    steps: tuple[StepView, ...]
    release: Link
    things: tuple[ThingShifts, ...]
    left_out: int
    sheet: SheetView | None
    wrong: Wrong | None
    earlier: int
    forms: tuple[FormView, ...]
    quads: str
    changes: str
    decisions: tuple[Decision, ...]
    again: str
    error: Problem | None = None
    refusal: Wrong | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a decision was not made, with the report that says so, if one does."""

    problem: Problem
    report: Mapping[str, Any] | None = None


def submission_page(
    told: Told, grant: Grant, who: SignedIn, telling: Telling, refused: Refused | None = None
) -> SubmissionPage:
    """The page of a submission for who has signed in."""
    names, submission, account = telling.names, told.submission, told.account
    words, report = names.words, account["report"]
    drawing = Drawing(told, names)
    shifts = account["shifts"]
    refusal = _refusal(refused, names)
    new, sheets = _new(report), sheets_of(account)
    wrong = without_cells(new, sheets)
    return SubmissionPage(
        who=who,
        list=list_link(words),
        submission=telling.view(submission),
        steps=tuple(_step(each, telling) for each in submission.steps),
        release=release_link(told.release, words),
        things=tuple(drawing.things(shifts[:MOST_SHIFTS])),
        left_out=account["leftOut"] + max(0, len(shifts) - MOST_SHIFTS),
        sheet=sheet_view(sheets, submission.id, names) if sheets else None,
        # One report a page: its results are named on it.
        wrong=_wrong(report, wrong, names) if wrong and refusal is None else None,
        earlier=len(report["results"]) - len(new),
        forms=tuple(map(drawing.form, account["rewritten"])),
        quads=words.say(
            "submissions.quads",
            added=words.count("count.statement-added", told.change.added),
            removed=words.count("count.removed", told.change.removed),
        ),
        changes=_changes(submission, words.language),
        decisions=tuple(_decisions(submission, grant)),
        again=_again(submission, grant, words.language),
        error=refused.problem if refused else None,
        refusal=refusal,
    )


def _step(step: Step, telling: Telling) -> StepView:
    words = telling.names.words
    by = int(step.reason) if step.state == "superseded" and step.reason.isdecimal() else None
    title = words.say("submissions.one", number=by)
    return StepView(
        state=step.state,
        label=state_label(step.state, words),
        time=moment(step.time, words),
        author=telling.author(step.author),
        reason="" if by else step.reason,
        by=Link(Text(title), f"/{words.language}/submissions/{by}") if by else None,
        release=release_link(step.release, words),
    )


def _decisions(submission: Submission, grant: Grant) -> Iterable[Decision]:
    own = grant.author == submission.author
    for step in NEXT.get(submission.state, ()):
        if Scope.REVIEW in grant.scopes or (own and step == "reject"):
            yield Decision(step, own)


def _again(submission: Submission, grant: Grant, language: str) -> str:
    if not (submission.is_open and grant.submits_for(submission.organisation)):
        return ""
    return f"/{language}/submit?supersedes={submission.id}"


def _changes(submission: Submission, language: str) -> str:
    """Where it is told what a publication has changed."""
    published = submission.published
    return f"/{language}/releases/{published - 1}..{published}" if published else ""


def _refusal(refused: Refused | None, names: Names) -> Wrong | None:
    if refused is None or refused.report is None:
        return None
    return _wrong(refused.report, _new(refused.report), names)


def _new(report: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The results that come with what was examined."""
    return [each for each in report["results"] if each["new"]]


def _wrong(report: Mapping[str, Any], results: Sequence[Mapping[str, Any]], names: Names) -> Wrong:
    """Some results of a report, the first of them one by one."""
    severities = Counter(each["severity"] for each in results)
    shown = {
        **report,
        "results": results[:MOST_RESULTS],
        "counts": severities,
        "violations": severities["Violation"],
        "conforms": not results,
    }
    return Wrong(report_view(shown, names), max(0, len(results) - MOST_RESULTS))
