"""Submissions as JSON: what programs get."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, Field
from pyoxigraph import Triple

from jalon.errors import messages
from jalon.ledger.submissions import State, Step, Submission
from jalon.services.foreseeing import Foreseen
from jalon.services.naming import Names
from jalon.services.pinning import sheets_of
from jalon.services.submissions import Told
from jalon.web.release_views import AuthorView, term_view

PATH = "/submissions"
NEXT: Mapping[State, tuple[str, ...]] = {
    "ready": ("approve", "reject"),
    "invalid": ("reject",),
    "approved": ("revert",),
}
"""What can be done with a submission in a state."""


class StepView(BaseModel):
    """A state that a submission came to: when, by whom, why, in which release."""

    state: State
    time: str
    author: AuthorView
    reason: str
    release: int


class SubmissionView(BaseModel):
    """A submission as it is listed."""

    id: int
    path: str
    state: State
    state_label: Mapping[str, str] = Field(serialization_alias="stateLabel")
    organisation: str
    mode: str
    message: str
    time: str
    author: AuthorView
    published: int | None = Field(description="The release that it was published as.")


class SubmissionList(BaseModel):
    """Submissions, the newest first; ``next`` is the path of those before them."""

    submissions: list[SubmissionView]
    next: str | None


class NamedView(BaseModel):
    """A thing or a property with its labels by language."""

    iri: str
    label: Mapping[str, str]


class ShiftView(BaseModel):
    """What a property of a thing is shown to be before and after; values as SPARQL JSON has them.

    ``words`` says it in a sentence, by language.
    """

    thing: NamedView
    property: NamedView
    before: list[Mapping[str, str]]
    after: list[Mapping[str, str]]
    words: Mapping[str, str]


class CountsView(BaseModel):
    """How many quads the graph of the organisation gains and loses."""

    added: int
    removed: int


class TripleView(BaseModel):
    """A triple, its terms as SPARQL JSON has them."""

    subject: Mapping[str, str]
    predicate: Mapping[str, str]
    object: Mapping[str, str]


class ForeseenView(BaseModel):
    """What would be entailed besides what is, and what would not be any more.

    ``state`` is complete, or why it is not known.
    """

    release: int
    state: str
    added: list[TripleView]
    removed: list[TripleView]
    left_out: int = Field(
        serialization_alias="leftOut", description="How many triples are not told one by one."
    )


class FullSubmissionView(SubmissionView):
    """One submission: what it comes to in the release that it was held against last.

    ``report`` is that of /validate; its results that are ``new`` come with the submission.
    """

    release: int
    steps: list[StepView]
    violations: int = Field(description="Violations that come with it.")
    report: Mapping[str, Any]
    rewritten: Sequence[Mapping[str, Any]] = Field(
        description="Literals that the index keeps in another form; retyped: of another datatype."
    )
    sheets: Sequence[Mapping[str, Any]] = Field(
        description="What is wrong with which cells of each sheet, for what was sent as sheets."
    )
    shifts: list[ShiftView]
    left_out: int = Field(
        serialization_alias="leftOut", description="How many shifts are not told one by one."
    )
    quads: CountsView
    links: Mapping[str, str]


def submission_view(submission: Submission, authors: Mapping[str, str | None]) -> SubmissionView:
    """A submission as it is listed."""
    return SubmissionView(**_members(submission, authors))


def full_submission_view(told: Told) -> FullSubmissionView:
    """One submission in full."""
    submission, account = told.submission, told.account
    path, sheets = f"{PATH}/{submission.id}", sheets_of(account)
    steps = NEXT.get(submission.state, ())
    return FullSubmissionView(
        **_members(submission, told.authors),
        release=told.release,
        steps=[_step(each, told.authors) for each in submission.steps],
        violations=_new_violations(account["report"]),
        report=account["report"],
        rewritten=account["rewritten"],
        sheets=sheets,
        shifts=[_shift(told, number) for number in range(len(account["shifts"]))],
        left_out=account["leftOut"],
        quads=CountsView(added=told.change.added, removed=told.change.removed),
        links={
            **{each: f"{path}/{each}" for each in ("change", "entailed")},
            **({"sheet": f"{path}/sheet.xlsx"} if sheets else {}),
            **{step: f"{path}/{step}" for step in steps},
        },
    )


def foreseen_view(release: int, foreseen: Foreseen) -> ForeseenView:
    """What a submission would have entailed."""
    return ForeseenView(
        release=release,
        state=foreseen.state,
        added=list(map(_triple, foreseen.added)),
        removed=list(map(_triple, foreseen.removed)),
        left_out=foreseen.left_out,
    )


def _triple(triple: Triple) -> TripleView:
    return TripleView(
        subject=term_view(triple.subject),
        predicate=term_view(triple.predicate),
        object=term_view(triple.object),
    )


def _members(submission: Submission, authors: Mapping[str, str | None]) -> dict[str, Any]:
    return {
        "id": submission.id,
        "path": f"{PATH}/{submission.id}",
        "state": submission.state,
        "state_label": messages("submissions")["state"][submission.state],
        "organisation": submission.organisation,
        "mode": submission.mode,
        "message": submission.message,
        "time": _time(submission),
        "author": _author(submission.author, authors),
        "published": submission.published,
    }


def _step(step: Step, authors: Mapping[str, str | None]) -> StepView:
    return StepView(
        state=step.state,
        time=_time(step),
        author=_author(step.author, authors),
        reason=step.reason,
        release=step.release,
    )


def _shift(told: Told, number: int) -> ShiftView:
    shift = told.account["shifts"][number]
    return ShiftView(
        thing=_named(shift["thing"], told.names),
        property=_named(shift["property"], told.names),
        before=shift["before"],
        after=shift["after"],
        words={language: said[number] for language, said in told.words.items()},
    )


def _new_violations(report: Mapping[str, Any]) -> int:
    return sum(each["severity"] == "Violation" and bool(each["new"]) for each in report["results"])


def _named(iri: str, names: Names) -> NamedView:
    return NamedView(iri=iri, label=names.get(iri, {}))


def _author(author: str, authors: Mapping[str, str | None]) -> AuthorView:
    return AuthorView(id=author, name=authors.get(author))


def _time(moment: Submission | Step) -> str:
    return moment.time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
