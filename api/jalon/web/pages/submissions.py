"""Submissions in words: the list of them, and the form by which one is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args
from urllib.parse import urlencode

from jalon.errors import messages
from jalon.ledger.submissions import State, Submission
from jalon.services.rights import Grant, Scope
from jalon.web.pages.answers import Problem
from jalon.web.pages.links import Link, Names
from jalon.web.pages.releases import shortened
from jalon.web.pages.signing_in import SignedIn
from jalon.web.pages.words import Text, Words, sort_key

LONGEST = 300
"""Characters of a message that the list shows."""

ORGANISATIONS = "id/organisation/"
STATES: tuple[State, ...] = get_args(State)
FORM_MODES = ("replace", "add", "remove", "change")
"""How what is sent by the form may be meant: one file, and for a change a second one."""

Labels = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in words, and as programs read it."""

    text: str
    machine: str


@dataclass(frozen=True, slots=True)
class SubmissionView:
    """A submission in words; ``published`` leads to the release that it was published as."""

    number: int
    link: Link
    time: Moment
    author: str
    organisation: Link
    message: str
    mode: str
    state: State
    state_label: str
    published: Link | None


@dataclass(frozen=True, slots=True)
class StateChoice:
    """A state that the list can be narrowed to."""

    state: State
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class SubmissionsPage:
    """The list, and before it the queue of who reviews, where it is shown.

    ``older`` leads to those before the last one of the list, if there may be any.
    """

    who: SignedIn
    queue: tuple[SubmissionView, ...] | None
    submissions: tuple[SubmissionView, ...]
    states: tuple[StateChoice, ...]
    older: str
    may_submit: bool


@dataclass(frozen=True, slots=True)
class OrganisationChoice:
    """An organisation that somebody submits for."""

    name: str
    label: Text
    chosen: bool


@dataclass(frozen=True, slots=True)
class SheetLinks:
    """The spreadsheets that an organisation may fill in."""

    organisation: Text
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a form for a submission is filled in with."""

    organisation: str = ""
    mode: str = FORM_MODES[0]
    message: str = ""
    supersedes: str = ""


@dataclass(frozen=True, slots=True)
class SubmitPage:
    """The form; ``takes_any``: who has signed in submits for every organisation.

    ``limit`` is in megabytes.
    """

    who: SignedIn
    list: Link
    organisations: tuple[OrganisationChoice, ...]
    takes_any: bool
    draft: Draft
    limit: int
    sheets: tuple[SheetLinks, ...] = ()
    modes: tuple[str, ...] = FORM_MODES
    error: Problem | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """Puts submissions into words, in the language of a page.

    ``authors`` has names by ids, ``labels`` those of organisations by their IRIs below ``base``.
    """

    names: Names
    base: str
    authors: Mapping[str, str | None]
    labels: Labels

    def view(self, submission: Submission, most: int | None = None) -> SubmissionView:
        """A submission in words; its message up to some characters."""
        words, published = self.names.words, submission.published
        number = submission.id
        title = words.say("submissions.one", number=number)
        return SubmissionView(
            number=number,
            link=Link(Text(title), f"/{words.language}/submissions/{number}"),
            time=moment(submission.time, words),
            author=self.author(submission.author),
            organisation=self.organisation(submission.organisation),
            message=shortened(submission.message, most),
            mode=words.say(f"submissions.mode-{submission.mode}"),
            state=submission.state,
            state_label=state_label(submission.state, words),
            published=None if published is None else release_link(published, words),
        )

    def author(self, author: str) -> str:
        """Who did something: a name, or an id whose name is not known any more."""
        return author_words(author, self.authors.get(author), self.names.words)

    def organisation(self, name: str) -> Link:
        """An organisation by its label."""
        iri = f"{self.base}{ORGANISATIONS}{name}"
        return self.names.link(iri, self.labels.get(iri))


@dataclass(frozen=True, slots=True)
class Listed:
    """What is listed: some submissions, of one state where one was asked for.

    ``queue`` are those that wait for who reviews; ``has_more``: there may be others before.
    """

    submissions: Sequence[Submission]
    queue: Sequence[Submission] | None
    state: State | None
    has_more: bool


def submissions_page(
    listed: Listed, grant: Grant, who: SignedIn, telling: Telling
) -> SubmissionsPage:
    """The page of a list."""
    words = telling.names.words
    shown = tuple(telling.view(each, LONGEST) for each in listed.submissions)
    queue = listed.queue
    query = {"state": listed.state} if listed.state else {}
    last = {"before": shown[-1].number} if shown else {}
    return SubmissionsPage(
        who=who,
        queue=None if queue is None else tuple(telling.view(each, LONGEST) for each in queue),
        submissions=shown,
        states=tuple(
            StateChoice(each, state_label(each, words), each == listed.state) for each in STATES
        ),
        older=f"/{words.language}/submissions?{urlencode({**query, **last})}"
        if listed.has_more
        else "",
        may_submit=may_submit(grant),
    )


def choices(
    organisations: Iterable[str], draft: Draft, telling: Telling
) -> tuple[OrganisationChoice, ...]:
    """The organisations of a token, for a form."""
    return tuple(
        OrganisationChoice(each, telling.organisation(each).text, each == draft.organisation)
        for each in organisations
    )


def sheet_links(
    organisations: Iterable[str], classes: Mapping[str, Mapping[str, str]], telling: Telling
) -> Iterator[SheetLinks]:
    """The spreadsheets for each organisation, by what they are called.

    ``classes`` are labels by the names of classes, which tell those apart that are called the same.
    """
    words = telling.names.words
    known = {name: words.choose(labels) or Text(name) for name, labels in classes.items()}
    often = Counter(text.text for text in known.values())
    named = sorted(
        (
            (name, Text(f"{text.text} ({name})", text.language) if often[text.text] > 1 else text)
            for name, text in known.items()
        ),
        key=lambda each: sort_key(each[1].text),
    )
    for organisation in organisations:
        query = urlencode({"lang": words.language, "organisation": organisation})
        links = (Link(text, f"/templates/{name}.xlsx?{query}") for name, text in named)
        yield SheetLinks(telling.organisation(organisation).text, tuple(links))


def may_submit(grant: Grant) -> bool:
    """Whether who has signed in submits for anybody."""
    scopes = grant.scopes
    return Scope.ADMIN in scopes or (Scope.SUBMIT in scopes and bool(grant.organisations))


def organisation_iris(base: str, organisations: Iterable[str]) -> set[str]:
    """The IRIs of organisations."""
    return {f"{base}{ORGANISATIONS}{each}" for each in organisations}


def list_link(words: Words) -> Link:
    """The list of submissions."""
    return Link(Text(words.say("submissions.title")), f"/{words.language}/submissions")


def release_link(number: int, words: Words) -> Link:
    """The page of a release."""
    title = words.say("releases.release", number=number)
    return Link(Text(title), f"/{words.language}/releases/{number}")


def state_label(state: State, words: Words) -> str:
    """What a state is called."""
    return messages("submissions")["state"][state][words.language]


def author_words(author: str, name: str | None, words: Words) -> str:
    """Who did something: a name, or an id whose name is not known any more."""
    return name or words.say("releases.author-unnamed", id=author)


def moment(time: datetime, words: Words) -> Moment:
    """A time in words."""
    return Moment(words.moment(time), time.isoformat(timespec="seconds"))
