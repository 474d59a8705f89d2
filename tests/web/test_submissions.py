"""/submissions: from a Turtle file to a reviewed, published and reverted release."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pyoxigraph import NamedNode

from web.stewarded import (
    BASE,
    CALQ,
    DEF,
    MEASURE,
    Stewarded,
    open_stewarded,
    submitted,
)
from web.writable import problem

LABEL = "http://www.w3.org/2000/01/rdf-schema#label"
ACRONYM = f"{DEF}acronym"
NAMES = """rdfs:label "Conseil des arts"@fr , "Arts Council"@en ;
    skos:prefLabel "Conseil des arts"@fr , "Arts Council"@en"""
GRAPH = NamedNode(f"{BASE}graph/submitted/calq")


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Stewarded]:
    with open_stewarded(tmp_path) as opened:
        yield opened


def test_a_value_that_takes_the_place_of_another_is_shown_and_taken_back(site: Stewarded) -> None:
    before = site.quads()
    made = submitted(site.submit(f"organisation:calq {NAMES} ."))
    assert (made["state"], made["organisation"], made["mode"]) == ("ready", "calq", "replace")
    [shift, preferred] = made["shifts"]
    assert preferred["property"]["iri"].endswith("prefLabel")
    assert {each["value"] for each in shift["after"]} == {"Conseil des arts", "Arts Council"}
    assert "Conseil des arts et des lettres du Québec" in shift["words"]["fr"]
    assert " : nom à retenir était «" in preferred["words"]["fr"].replace("\u00a0", " ")
    assert shift["thing"]["label"]["fr"] == "Conseil des arts et des lettres du Québec"
    assert site.quads() == before
    decided = site.decide(made["id"], "approve", "Verified on their site")
    assert decided.status_code == 200, decided.text
    assert decided.json()["state"] == "approved"
    assert decided.headers["jalon-release"] == "2"
    assert site.values(CALQ, LABEL) == {"Conseil des arts@fr", "Arts Council@en"}
    # What the documents say still stands in their graph.
    assert before < site.quads()
    taken_back = site.decide(made["id"], "revert", "Too short")
    assert taken_back.json()["state"] == "reverted", taken_back.text
    assert site.quads() == before
    steps = [
        (step["state"], step["author"]["name"], step["reason"], step["release"])
        for step in site.get(made["id"])["steps"]
    ]
    assert steps == [
        ("ready", "Ana Roy", "", 1),
        ("approved", "Eva Gagnon", "Verified on their site", 2),
        ("reverted", "Eva Gagnon", "Too short", 3),
    ]


def test_who_says_what_is_shown_already_says_nothing(site: Stewarded) -> None:
    made = submitted(site.submit('organisation:calq ap:acronym "CALQ" ; a org:Organization .'))
    assert (made["state"], made["shifts"]) == ("ready", [])
    assert made["quads"] == {"added": 0, "removed": 0}
    assert problem(site.decide(made["id"], "approve")) == (409, "submission-conflict")
    assert site.newest == 1


def test_who_says_again_what_was_there_lets_nothing_give_way(site: Stewarded) -> None:
    before = site.quads()
    site.publish('organisation:calq ap:acronym "CAL" .')
    assert site.values(CALQ, ACRONYM) == {"CAL"}
    site.publish('organisation:calq ap:acronym "CALQ" .')
    assert site.values(CALQ, ACRONYM) == {"CALQ"}
    assert site.quads() == before


def test_all_that_is_said_of_a_thing_is_replaced_and_nothing_of_others(site: Stewarded) -> None:
    period = 'period:calq-loans a ap:Period ; ap:startYear "2027"^^xsd:gYear'
    site.publish(f'{period} ; ap:endYear "2029"^^xsd:gYear .')
    site.publish('organisation:calq ap:acronym "CAL" .')
    made = submitted(site.submit(f"{period} ."))
    [shift] = made["shifts"]
    assert (shift["property"]["iri"], shift["after"]) == (f"{DEF}endYear", [])
    assert "2029" in shift["words"]["fr"]
    assert "n'est plus" in shift["words"]["fr"]
    site.decide(made["id"], "approve")
    assert not site.values(f"{BASE}id/period/calq-loans", f"{DEF}endYear")
    assert site.values(CALQ, ACRONYM) == {"CAL"}


def test_what_is_added_lets_nothing_give_way(site: Stewarded) -> None:
    text = 'organisation:calq skos:altLabel "Le Conseil"@fr .'
    site.publish(text, params={"mode": "add"})
    assert site.values(CALQ, ACRONYM) == {"CALQ"}
    altered = "http://www.w3.org/2004/02/skos/core#altLabel"
    assert "Le Conseil@fr" in site.values(CALQ, altered)
    assert not [quad for quad in site.quads() if quad.graph_name == GRAPH and "note" in str(quad)]


def test_a_pair_takes_away_what_another_graph_says(site: Stewarded) -> None:
    made = submitted(
        site.change(
            'organisation:calq ap:acronym "LE CALQ" .', 'organisation:calq ap:acronym "CALQ" .'
        )
    )
    assert made["mode"] == "change"
    site.decide(made["id"], "approve")
    assert site.values(CALQ, ACRONYM) == {"LE CALQ"}
    absent = site.change(removes='organisation:calq ap:acronym "CALQ" .')
    assert problem(absent) == (400, "rdf-refused")
    assert "CALQ" in absent.json()["detail"]


def test_what_violates_the_shapes_is_kept_and_not_published(site: Stewarded) -> None:
    made = submitted(site.submit("period:calq-x a ap:Period ; ap:startYear 2027 ."))
    assert made["state"] == "invalid"
    assert made["violations"] >= 1
    [first, *_] = [each for each in made["report"]["results"] if each["new"]]
    assert first["line"]
    assert first["messages"]["fr"]
    assert problem(site.decide(made["id"], "approve")) == (409, "submission-conflict")
    mended = submitted(site.submit('period:calq-x a ap:Period ; ap:startYear "2027"^^xsd:gYear .'))
    assert mended["state"] == "ready"
    assert site.get(made["id"])["state"] == "superseded"


def test_a_blank_node_gets_an_iri_and_goes_with_what_leads_to_it(site: Stewarded) -> None:
    period = '[ a ap:Period ; ap:startYear "2027"^^xsd:gYear ]'
    site.publish(f"measure:qdcp-120 ap:period {period} .", params={"mode": "add"})
    [own] = [value for value in site.values(MEASURE, f"{DEF}period") if "/calq-" in value]
    assert own.startswith(f"{BASE}id/period/calq-")
    again = submitted(site.submit(f"measure:qdcp-120 ap:period {period} .", params={"mode": "add"}))
    assert again["quads"] == {"added": 0, "removed": 0}
    changed = period.replace("2027", "2028")
    made = submitted(
        site.submit(
            f"measure:qdcp-120 ap:period {changed} , period:qdcp-120-2019-2022 , "
            "period:qdcp-120-plan-years ."
        )
    )
    site.decide(made["id"], "approve")
    assert not [quad for quad in site.quads() if quad.subject == NamedNode(own)]


@pytest.mark.parametrize(
    ("turtle", "status", "code"),
    [
        ('organisation:sodec ap:acronym "X" .', 403, "forbidden"),
        ('involvement:qdcp-120-sodec ap:position 9 .', 403, "forbidden"),
        ('<https://example.org/thing> ap:acronym "X" .', 400, "rdf-refused"),
        ('<thing> ap:acronym "X" .', 400, "rdf-refused"),
        (f'<{BASE}graph/editorial> rdfs:label "X"@en .', 400, "rdf-refused"),
        (f'<{DEF}Plan> rdfs:label "X"@en .', 400, "rdf-refused"),
        (f"<{BASE}id/note/calq-n> ap:supersedes <x> .", 400, "rdf-refused"),
        ('organisation:calq ap:statedIn <x> .', 400, "rdf-refused"),
        ('organisation:calq ap:acronym', 400, "rdf-syntax"),
        ('organisation:calq rdfs:seeAlso <javascript:alert(1)> .', 400, "rdf-refused"),
    ],
)  # fmt: skip
def test_nobody_says_anything_of_what_is_not_theirs(
    site: Stewarded, turtle: str, status: int, code: str
) -> None:
    assert problem(site.submit(turtle)) == (status, code)
    assert site.ask("GET", "/submissions", site.reviewer).json()["submissions"] == []


def test_a_document_does_not_write_to_another_graph(site: Stewarded) -> None:
    text = f'GRAPH <{BASE}graph/editorial> {{ <{CALQ}> <{ACRONYM}> "X" }}'
    answer = site.submit(text, headers={"Content-Type": "application/trig"})
    assert problem(answer) == (400, "rdf-refused")


def test_a_token_submits_for_its_organisation_alone(site: Stewarded) -> None:
    text = 'organisation:calq ap:acronym "X" .'
    assert problem(site.submit(text, site.sodec, params={"organisation": "calq"})) == (
        403, "forbidden",
    )  # fmt: skip
    assert problem(site.submit(text, site.reviewer, params={"organisation": "calq"})) == (
        403, "forbidden",
    )  # fmt: skip
    assert problem(site.submit(text, site.reviewer)) == (400, "bad-request")
    assert problem(site.submit(text, "jalon_x_y")) == (401, "unauthorized")


def test_who_submits_decides_nothing_and_sees_their_own(site: Stewarded) -> None:
    made = submitted(site.submit('organisation:calq ap:acronym "CAL" .'))
    assert problem(site.decide(made["id"], "approve", token=site.calq)) == (403, "forbidden")
    path = f"/submissions/{made['id']}"
    assert problem(site.ask("GET", path, site.sodec)) == (404, "submission-unknown")
    assert site.ask("GET", "/submissions", site.sodec).json()["submissions"] == []
    [listed] = site.ask("GET", "/submissions?state=ready", site.calq).json()["submissions"]
    assert listed["id"] == made["id"]
    assert listed["stateLabel"]["fr"] == "prête"
    assert problem(site.decide(made["id"], "reject")) == (400, "bad-request")
    rejected = site.decide(made["id"], "reject", "Withdrawn", token=site.calq)
    assert rejected.json()["state"] == "rejected"
    twice = site.decide(made["id"], "reject", "Twice")
    assert problem(twice) == (409, "submission-conflict")
    document = twice.json()
    assert (document["state"], document["needed"]) == ("rejected", "ready")
    said = {language: each["detail"] for language, each in document["localized"].items()}
    assert "is rejected, and must be ready" in said["en"]
    assert "est rejetée, et doit être prête" in said["fr"]


def test_what_has_changed_meanwhile_is_a_conflict_that_names_both(site: Stewarded) -> None:
    first = submitted(site.submit('organisation:calq ap:acronym "CAL" .'))
    second = submitted(site.submit('organisation:calq ap:acronym "CQ" .'))
    other = submitted(site.submit('period:calq-y a ap:Period ; ap:startYear "2027"^^xsd:gYear .'))
    site.decide(first["id"], "approve", "The first")
    refused = site.decide(second["id"], "approve")
    assert problem(refused) == (409, "submission-conflict")
    detail = refused.json()["detail"]
    assert all(part in detail for part in (str(second["id"]), "release 2", "The first", CALQ))
    assert site.decide(other["id"], "approve").status_code == 200
    reverted = site.decide(first["id"], "revert")
    assert reverted.status_code == 200, reverted.text
    assert site.values(CALQ, ACRONYM) == {"CALQ"}


def test_a_conflict_with_a_change_of_no_message_names_where_it_came_from(site: Stewarded) -> None:
    first, second = (
        submitted(site.submit(f'organisation:calq ap:acronym "{name}" .')) for name in ("A", "B")
    )
    site.decide(first["id"], "approve")
    detail = site.decide(second["id"], "approve").json()["detail"]
    assert f"submission:{first['id']}" in detail


@pytest.mark.parametrize(
    ("media_type", "body", "reason"),
    [
        ("application/json", b'{"reason": "Wrong  year"}', "Wrong year"),
        ("application/json; charset=utf-8", '{"reason": "Année"}'.encode(), "Année"),
        ("application/x-www-form-urlencoded", b"reason=Wrong+year", "Wrong year"),
        ("application/json", b"", None),
        ("application/json", b'{"why": "x"}', None),
        ("application/json", b'{"reason": 3}', None),
        ("application/json", b"[" * 9_000, None),
        ("application/x-www-form-urlencoded", b"why=x", None),
    ],
)
def test_a_reason_may_stand_in_a_form_or_in_json(
    site: Stewarded, media_type: str, body: bytes, reason: str | None
) -> None:
    made = submitted(site.submit('organisation:calq ap:acronym "CAL" .'))
    path, headers = f"/submissions/{made['id']}/reject", {"Content-Type": media_type}
    answer = site.ask("POST", path, site.reviewer, content=body, headers=headers)
    if reason is None:
        assert problem(answer) == (400, "bad-request")
        assert site.get(made["id"])["state"] == "ready"
        return
    assert answer.status_code == 200, answer.text
    assert site.get(made["id"])["steps"][-1]["reason"] == reason


def test_of_two_who_approve_at_once_one_wins_and_the_other_is_told(site: Stewarded) -> None:
    made = submitted(site.submit('organisation:calq ap:acronym "CAL" .'))
    path = f"/submissions/{made['id']}/approve"
    headers = {"Authorization": f"Bearer {site.reviewer}"}
    answers = site.site.run(_together(site, path, headers))
    assert sorted(each.status_code for each in answers) == [200, 409, 409, 409]
    assert site.newest == 2
    told = next(each for each in answers if each.status_code == 409).json()
    assert "release 2" in told["detail"]


async def _together(site: Stewarded, path: str, headers: dict[str, str]) -> list[httpx.Response]:
    asked = (site.site.request("POST", path, headers=headers) for _ in range(4))
    return await asyncio.gather(*asked)


def test_what_the_release_of_now_forbids_is_sent_back(site: Stewarded) -> None:
    site.publish('period:calq-z a ap:Period ; ap:startYear "2027"^^xsd:gYear .')
    made = submitted(
        site.submit("measure:qdcp-120 ap:period period:calq-z .", params={"mode": "add"})
    )
    assert made["state"] == "ready"
    quads = [f"{quad} ." for quad in site.quads() if "calq-z" in str(quad.subject)]
    site.commit(removes=quads)
    refused = site.decide(made["id"], "approve")
    assert problem(refused) == (422, "does-not-conform")
    assert refused.json()["report"]["violations"] >= 1
    assert site.get(made["id"])["state"] == "invalid"
    assert site.newest == 3


def test_what_something_else_has_come_to_need_is_not_taken_back(site: Stewarded) -> None:
    first = site.publish('period:calq-z a ap:Period ; ap:startYear "2027"^^xsd:gYear .')
    second = site.publish("measure:qdcp-120 ap:period period:calq-z .", params={"mode": "add"})
    refused = site.decide(first, "revert")
    assert problem(refused) == (422, "does-not-conform")
    assert site.get(first)["state"] == "approved"
    for number in (second, first):
        assert site.decide(number, "revert").status_code == 200


def test_a_literal_that_would_be_of_another_datatype_is_told(site: Stewarded) -> None:
    made = submitted(site.submit('involvement:qdcp-120-calq ap:position "2"^^xsd:int .'))
    assert made["state"] == "ready"
    assert not made["shifts"]
    retyped = submitted(site.submit('involvement:qdcp-120-calq ap:position "3"^^xsd:int .'))
    [form] = retyped["rewritten"]
    assert form["retyped"]
    assert form["kept"]["datatype"].endswith("integer")
    assert retyped["state"] == "invalid"
    written = submitted(site.submit('involvement:qdcp-120-calq ap:position "03"^^xsd:integer .'))
    [form] = written["rewritten"]
    assert not form["retyped"]
    assert written["state"] == "ready"


def test_the_change_can_be_had_as_rdf(site: Stewarded) -> None:
    made = submitted(site.submit('organisation:calq ap:acronym "CAL" .'))
    patch = site.ask("GET", made["links"]["change"], site.calq)
    assert patch.headers["content-type"].startswith("application/rdf-patch")
    lines = patch.text.splitlines()
    assert f'A <{CALQ}> <{ACRONYM}> "CAL" <{GRAPH.value}> .' in lines
    assert not [line for line in lines if line.startswith("D ")]
