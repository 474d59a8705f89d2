"""The pages about releases: the list, and one of them, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from jalon.services.entering import OPERATOR
from jalon.services.history import Release
from jalon.web.pages.links import Link, Names
from jalon.web.pages.words import Text, Words

LONGEST = 500
"""Characters of a message that a list shows."""


@dataclass(frozen=True, slots=True)
class ReleaseView:
    """A release in words; ``changes`` leads to what it changed, and to nowhere for the first."""

    number: int
    link: Link
    time: str
    machine_time: str
    author: str
    message: str
    source: str
    added: str
    removed: str
    ready: bool
    pinned: bool
    changes: str


@dataclass(frozen=True, slots=True)
class ReleasesPage:
    """A list of releases, the newest first; ``older`` leads to those before, if there are any."""

    releases: tuple[ReleaseView, ...]
    newest: int
    older: str


@dataclass(frozen=True, slots=True)
class Figures:
    """What the index of a release holds, and what was entailed in it; its state in words."""

    quads: str
    shown: str
    entailed: str
    state: str


@dataclass(frozen=True, slots=True)
class ReleasePage:
    """Everything that the page of a release shows; ``figures`` is None where they are not known."""

    release: ReleaseView
    list: Link
    digest: str
    previous: str
    rules: str
    same_rules: bool
    engine: str
    figures: Figures | None
    home: str
    before: str
    after: str


def releases_page(releases: Sequence[Release], newest: int, names: Names) -> ReleasesPage:
    """The page of some releases in a row."""
    last = releases[-1].number if releases else 1
    older = f"/{names.words.language}/releases?{urlencode({'before': last})}" if last > 1 else ""
    return ReleasesPage(tuple(view(each, names, LONGEST) for each in releases), newest, older)


def release_page(release: Release, newest: int, names: Names) -> ReleasePage:
    """The page of one release."""
    number, language = release.number, names.words.language
    return ReleasePage(
        release=view(release, names),
        list=list_link(names.words),
        digest=release.commit.digest,
        previous=release.commit.previous,
        rules=release.commit.rules,
        same_rules=release.same_rules,
        engine=release.commit.engine,
        figures=_figures(release, names.words),
        home=f"/{language}/?release={number}",
        before=f"/{language}/releases/{number - 1}" if number > 1 else "",
        after=f"/{language}/releases/{number + 1}" if number < newest else "",
    )


def view(release: Release, names: Names, most: int | None = None) -> ReleaseView:
    """A release in words; its message up to some characters."""
    words, commit = names.words, release.commit
    path = f"/{words.language}/releases"
    number = release.number
    title = words.say("releases.release", number=number)
    return ReleaseView(
        number=number,
        link=Link(Text(title), f"{path}/{number}"),
        time=words.moment(commit.time),
        machine_time=commit.time.isoformat(timespec="seconds"),
        author=author_words(release, words),
        message=shortened(commit.message, most),
        source=source_words(commit.source, words),
        added=words.count("count.added", commit.added),
        removed=words.count("count.removed", commit.removed),
        ready=release.is_ready,
        pinned=release.pinned,
        changes=f"{path}/{number - 1}..{number}" if number > 1 else "",
    )


def list_link(words: Words) -> Link:
    """The list of releases."""
    return Link(Text(words.say("releases.title")), f"/{words.language}/releases")


def author_words(release: Release, words: Words) -> str:
    """Who made a release: a name, the operator, or an id whose name is not known any more."""
    if release.author:
        return release.author
    if release.commit.author == OPERATOR:
        return words.say("releases.operator")
    return words.say("releases.author-unnamed", id=release.commit.author)


def source_words(source: str, words: Words) -> str:
    """Where a change came from; as the ledger has it, where there are no words for that."""
    kinds = (source, source.partition(":")[0])
    known = next((each for each in kinds if words.knows(f"source.{each}")), None)
    return source if known is None else words.say(f"source.{known}")


def shortened(text: str, most: int | None) -> str:
    """A text up to some characters, which then says that it goes on."""
    return text if most is None or len(text) <= most else f"{text[:most].rstrip()}…"


def _figures(release: Release, words: Words) -> Figures | None:
    stamp = release.stamp
    if stamp is None:
        return None
    state = f"releases.entailment-{stamp.derivation.state}"
    return Figures(
        quads=words.number(stamp.quads),
        shown=words.number(stamp.shown),
        entailed=words.count("count.conclusion", stamp.entailed),
        state=words.say(state) if words.knows(state) else stamp.derivation.state,
    )
