"""Releases and differences as JSON: what programs get."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import BaseModel, Field
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Triple
from rdflib import XSD

from jalon.errors import messages
from jalon.services.differences import Difference
from jalon.services.history import Release
from jalon.store.snapshot import Stamp

STRING = NamedNode(str(XSD.string))


class AuthorView(BaseModel):
    """Who made a release: an opaque id, and a name unless it is not known, or not any more."""

    id: str
    name: str | None


class SourceView(BaseModel):
    """Where a change came from, and in words by language where there are words for it."""

    id: str
    label: Mapping[str, str] | None


class EntailmentView(BaseModel):
    """What was entailed in a release that stands ready, by which rules; see /health/ready."""

    reasoner: str
    rules: str
    state: str
    triples: int
    contradictions: int


class ReleaseView(BaseModel):
    """A release. ``ready`` is false for one that would be rebuilt for who asks it."""

    number: int
    path: str
    time: str = Field(description="When it was made, in UTC.")
    author: AuthorView
    message: str
    source: SourceView
    added: int = Field(description="How many quads it added.")
    removed: int = Field(description="How many quads it removed.")
    ready: bool
    pinned: bool
    rules: str = Field(description="The rules that entailed when it was made.")
    same_rules: bool = Field(
        serialization_alias="sameRules", description="Whether these are the rules in force."
    )
    engine: str


class LinksView(BaseModel):
    """Where to go on from a release."""

    sparql: str
    void: str
    home: str
    changes: str | None = Field(description="What is different from the release before.")


class FullReleaseView(ReleaseView):
    """One release, with its place in the chain of digests and what its index holds."""

    digest: str
    previous: str
    quads: int | None = Field(description="Asserted quads; null where it would be rebuilt.")
    shown: int | None = Field(description="Triples shown; null where it would be rebuilt.")
    entailment: EntailmentView | None = Field(description="Null where it would be rebuilt.")
    links: LinksView


class ReleaseList(BaseModel):
    """Releases in a row, the newest first; ``next`` is the path of those before them."""

    newest: int
    releases: list[ReleaseView]
    next: str | None


def release_view(release: Release) -> ReleaseView:
    """A release as it is listed."""
    commit = release.commit
    words = messages("pages")["source"]
    label = words.get(commit.source) or words.get(commit.source.partition(":")[0])
    return ReleaseView(
        number=commit.number,
        path=f"/releases/{commit.number}",
        time=commit.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        author=AuthorView(id=commit.author, name=release.author),
        message=commit.message,
        source=SourceView(id=commit.source, label=label),
        added=commit.added,
        removed=commit.removed,
        ready=release.is_ready,
        pinned=release.pinned,
        rules=commit.rules,
        same_rules=release.same_rules,
        engine=commit.engine,
    )


def full_view(release: Release) -> FullReleaseView:
    """One release in full."""
    number, stamp = release.number, release.stamp
    asked = f"?release={number}"
    return FullReleaseView(
        **release_view(release).model_dump(),
        digest=release.commit.digest,
        previous=release.commit.previous,
        quads=stamp.quads if stamp else None,
        shown=stamp.shown if stamp else None,
        entailment=_entailment(stamp) if stamp else None,
        links=LinksView(
            sparql=f"/sparql{asked}",
            void=f"/.well-known/void{asked}",
            home=f"/{asked}",
            changes=f"/releases/{number - 1}..{number}" if number > 1 else None,
        ),
    )


def difference_json(first: int, second: int, difference: Difference) -> bytes:
    """Both sides of a difference; a quad has its terms as SPARQL 1.1 results in JSON have them.

    The unnamed graph has no member ``graph``.
    """
    head = {"from": first, "to": second, "counts": _counts(difference)}
    sides = (
        f'"{name}": [{",".join(map(_quad, quads))}]'
        for name, quads in (("added", difference.added), ("removed", difference.removed))
    )
    return f"{json.dumps(head)[:-1]}, {', '.join(sides)}}}\n".encode()


def _entailment(stamp: Stamp) -> EntailmentView:
    derivation = stamp.derivation
    return EntailmentView(
        reasoner=derivation.reasoner,
        rules=derivation.rules,
        state=derivation.state,
        triples=stamp.entailed,
        contradictions=derivation.contradictions,
    )


def _counts(difference: Difference) -> dict[str, int]:
    return {"added": len(difference.added), "removed": len(difference.removed)}


def _quad(quad: Quad) -> str:
    terms = {"subject": quad.subject, "predicate": quad.predicate, "object": quad.object}
    written = {name: term_view(term) for name, term in terms.items()}
    if isinstance(quad.graph_name, NamedNode | BlankNode):
        written["graph"] = term_view(quad.graph_name)
    return json.dumps(written, ensure_ascii=False)


def term_view(term: NamedNode | BlankNode | Literal | Triple) -> dict[str, str]:
    """A term as SPARQL 1.1 results in JSON have it."""
    if isinstance(term, NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, Triple):
        raise TypeError(str(term))
    written = {"type": "literal", "value": term.value}
    if term.language:
        written["xml:lang"] = term.language
    elif term.datatype != STRING:
        written["datatype"] = term.datatype.value
    return written
