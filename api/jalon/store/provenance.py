"""The provenance of releases, in PROV-O: what the catalogue says of each.

It is derived from the commits of the ledger, and from nothing else: whoever makes a release says
the same of it, and of those before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple
from rdflib import DCAT, DCTERMS, PROV, RDF, RDFS, VOID, XSD

from jalon.ledger.commits import Commit, written
from jalon.ledger.submissions import PUBLISHED, TAKEN_BACK

RELEASES, SUBMISSIONS, AUTHORS = "releases/", "submissions/", "id/author/"
"""Where releases and submissions have their place below a base, as they do over HTTP, and what the
opaque ids of authors follow on."""

COMMIT, ADDED, REMOVED = "#commit", "#added", "#removed"
"""What a release's IRI is followed by: the commit that made it, and what that added and removed."""

Said = tuple[NamedNode, str, NamedNode | Literal]

_SOURCE = re.compile(f"({PUBLISHED}|{TAKEN_BACK})([0-9]+)", re.ASCII)
_DATE_TIME = NamedNode(str(XSD.dateTime))
_VERSION = f"{DCAT}version"


def provenance_of(commit: Commit, base: str) -> list[Triple]:
    """What is said of the release that a commit makes, by the catalogue of the pack with this base.

    The release has a number, a time, the message and the release before it; its commit who made it,
    its digest, and the submission that it published or took back. What was added and what was
    removed have their numbers of quads. Authors are opaque ids: they may be forgotten.
    """
    said = (*_release(commit, base), *_commit(commit, base), *_change(commit, base))
    return [Triple(thing, NamedNode(name), value) for thing, name, value in said]


def release_iri(number: int, base: str, part: str = "") -> NamedNode:
    """A release of the pack with this base, or what belongs to it."""
    return NamedNode(f"{base}{RELEASES}{number}{part}")


def _release(commit: Commit, base: str) -> Iterator[Said]:
    release = release_iri(commit.number, base)
    yield release, RDF.type, NamedNode(PROV.Entity)
    yield release, _VERSION, Literal(commit.number)
    yield release, PROV.generatedAtTime, Literal(written(commit.time), datatype=_DATE_TIME)
    yield release, PROV.wasGeneratedBy, release_iri(commit.number, base, COMMIT)
    if commit.number > 1:
        yield release, PROV.wasRevisionOf, release_iri(commit.number - 1, base)
    if commit.message:
        yield release, RDFS.comment, Literal(commit.message)


def _commit(commit: Commit, base: str) -> Iterator[Said]:
    made = release_iri(commit.number, base, COMMIT)
    yield made, RDF.type, NamedNode(PROV.Activity)
    yield made, DCTERMS.identifier, Literal(commit.digest)
    # What is written there may be any text.
    author = NamedNode(base + AUTHORS + quote(commit.author, safe=""))
    yield made, PROV.wasAssociatedWith, author
    found = _SOURCE.fullmatch(commit.source)
    if found is not None:
        submission = NamedNode(base + SUBMISSIONS + found[2])
        yield submission, RDF.type, NamedNode(PROV.Entity)
        if found[1] == PUBLISHED:
            yield made, PROV.used, submission
        else:
            yield submission, PROV.wasInvalidatedBy, made


def _change(commit: Commit, base: str) -> Iterator[Said]:
    made = release_iri(commit.number, base, COMMIT)
    counts = (
        (ADDED, PROV.wasGeneratedBy, commit.change.added),
        (REMOVED, PROV.wasInvalidatedBy, commit.change.removed),
    )
    for part, name, count in counts:
        if count:
            quads = release_iri(commit.number, base, part)
            yield quads, RDF.type, NamedNode(VOID.Dataset)
            yield quads, name, made
            yield quads, VOID.triples, Literal(count)
