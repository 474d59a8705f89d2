"""The page of what would follow from a submission, thing by thing, and what no longer would."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode, Triple

from jalon.services.foreseeing import Foreseen
from jalon.web.pages.answers import Problem
from jalon.web.pages.links import Link
from jalon.web.pages.signing_in import SignedIn
from jalon.web.pages.submission_shifts import Drawing, Shift, Term, ThingShifts
from jalon.web.pages.submissions import SubmissionView, release_link
from jalon.web.release_views import term_view

MOST_FOLLOWING = 300
"""How many triples of each kind the page tells one by one; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Following:
    """What would follow besides what does, and what would not any more.

    ``state`` is as Foreseen has it. Of the shifts of ``things``, what is before would not follow
    any more, and what is after would follow. ``added`` and ``removed`` count them in words.
    """

    state: str
    release: Link
    things: tuple[ThingShifts, ...]
    added: str
    removed: str
    left_out: int


@dataclass(frozen=True, slots=True)
class EntailedPage:
    """Everything that the page shows; without ``following`` there is an error, which says why."""

    who: SignedIn
    list: Link
    submission: SubmissionView
    following: Following | None = None
    error: Problem | None = None


def following(drawing: Drawing, foreseen: Foreseen, release: int) -> Following:
    """What follows, in words; the things in the order of their IRIs."""
    words = drawing.words
    added, removed = len(foreseen.added), len(foreseen.removed)
    beyond = (max(0, each - MOST_FOLLOWING) for each in (added, removed))
    return Following(
        state=foreseen.state,
        release=release_link(release, words),
        things=tuple(drawing.things(shifts_of(foreseen))),
        added=words.count("count.conclusion", added),
        removed=words.count("count.conclusion", removed),
        left_out=foreseen.left_out + sum(beyond),
    )


def shifts_of(foreseen: Foreseen) -> Sequence[Shift]:
    """What is told one by one, as shifts: before is what would not follow any more."""
    found: dict[tuple[str, str], dict[str, list[Term]]] = defaultdict(
        lambda: {"before": [], "after": []}
    )
    for side, triples in (("before", foreseen.removed), ("after", foreseen.added)):
        for triple in triples[:MOST_FOLLOWING]:
            found[_place(triple)][side].append(term_view(triple.object))
    return [
        {"thing": thing, "property": said_of, **found[thing, said_of]}
        for thing, said_of in sorted(found)
    ]


def _place(triple: Triple) -> tuple[str, str]:
    """Of what a triple says something, and what; of nothing but IRIs it follows."""
    subject = triple.subject
    thing = subject.value if isinstance(subject, NamedNode) else str(subject)
    return thing, triple.predicate.value
