"""What a submission would have entailed, held against what its release has entailed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import Literal, NamedNode, Store

from jalon.terms import ENTAILED_GRAPH
from web.released import problem
from web.stewarded import BASE, DEF, Stewarded, open_stewarded, submitted

PLAN = f"<{BASE}id/plan/qdcp>"
MEASURE = f"<{BASE}id/measure/calq-studios>"
NEW = f"""{MEASURE} a ap:Measure ; ap:partOf {PLAN} ; ap:ofPlan {PLAN} ;
    rdfs:label "Open studios"@en , "Ouvrir les ateliers"@fr ; ap:position 9 ."""
HAS_PART = f"{PLAN} <{DEF}hasPart> {MEASURE}"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Stewarded]:
    with open_stewarded(tmp_path, reasoner="rules") as opened:
        yield opened


def entailed(site: Stewarded) -> set[str]:
    """The triples that the newest release has entailed."""
    snapshot = site.site.run(site.publisher.at(site.newest))
    graph = NamedNode(BASE + ENTAILED_GRAPH)
    quads = Store.read_only(str(snapshot.checkpoint)).quads_for_pattern(None, None, None, graph)
    return {f"{quad.subject} {quad.predicate} {quad.object}" for quad in quads}


def foreseen(site: Stewarded, number: int) -> Any:
    return site.ask("GET", f"/submissions/{number}/entailed", site.reviewer).json()


def written(triples: list[Any]) -> set[str]:
    def term(view: dict[str, str]) -> NamedNode | Literal:
        if view["type"] == "uri":
            return NamedNode(view["value"])
        if "xml:lang" in view:
            return Literal(view["value"], language=view["xml:lang"])
        datatype = view.get("datatype")
        return Literal(view["value"], datatype=NamedNode(datatype) if datatype else None)

    parts = ("subject", "predicate", "object")
    return {" ".join(str(term(each[part])) for part in parts) for each in triples}


def test_what_is_foreseen_is_what_the_release_has(site: Stewarded) -> None:
    made = submitted(site.submit(NEW))
    told = foreseen(site, made["id"])
    assert (told["state"], told["release"], told["leftOut"]) == ("complete", 1, 0)
    assert HAS_PART in written(told["added"])
    before = entailed(site)
    site.decide(made["id"], "approve")
    after = entailed(site)
    assert written(told["added"]) == after - before
    assert written(told["removed"]) == before - after == set()


def test_what_would_not_follow_any_more_is_foreseen(site: Stewarded) -> None:
    site.publish(NEW)
    made = submitted(site.submit(NEW.replace(f"ap:partOf {PLAN} ;", "")))
    told = foreseen(site, made["id"])
    assert (told["state"], told["release"]) == ("complete", 2)
    assert HAS_PART in written(told["removed"])
    assert not told["added"]


def test_nothing_follows_from_what_changes_nothing(site: Stewarded) -> None:
    made = submitted(site.submit('organisation:calq ap:acronym "CALQ" .'))
    told = foreseen(site, made["id"])
    assert (told["state"], told["added"], told["removed"]) == ("complete", [], [])
    path = f"/submissions/{made['id']}/entailed"
    assert problem(site.ask("GET", path, site.sodec)) == (404, "submission-unknown")


def test_without_a_reasoner_nothing_is_foreseen(tmp_path: Path) -> None:
    with open_stewarded(tmp_path) as site:
        made = submitted(site.submit(NEW))
        assert foreseen(site, made["id"])["state"] == "none"
