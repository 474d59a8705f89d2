"""The page of what would follow from a submission: worked out when it is asked for, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from pyoxigraph import NamedNode, Triple
from rdflib import RDFS, Graph, URIRef

from jalon.content.pack import read_prefixes
from jalon.content.turtle import shortened
from jalon.errors import LANGUAGES
from jalon.ledger.commits import ChangeSet
from jalon.ledger.submissions import Step, Submission
from jalon.reasoning.reasoner import Reason
from jalon.services.foreseeing import Foreseen
from jalon.services.submissions import Told
from jalon.web.pages.links import Link, Names
from jalon.web.pages.submission_entailed import MOST_FOLLOWING, following
from jalon.web.pages.submission_shifts import Drawing
from jalon.web.pages.words import Text, Words
from web.browsing import Browser, made, signed_in, whole
from web.stewarded import BASE, DEF, ROOT, Stewarded, open_stewarded

START = datetime(2026, 3, 1, tzinfo=UTC)
NEW = """measure:calq-studios a ap:Measure ; ap:partOf :plan/qdcp ; ap:ofPlan :plan/qdcp ;
    rdfs:label "Open studios"@en , "Ouvrir les ateliers"@fr ; ap:position 9 .""".replace(
    ":plan/qdcp", f"<{BASE}id/plan/qdcp>"
)
WITHOUT_PLACE = NEW.replace(f"ap:partOf <{BASE}id/plan/qdcp> ;", "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stewarded]:
    with open_stewarded(tmp_path_factory.mktemp("stewarded"), reasoner="rules") as opened:
        yield opened


@pytest.fixture
def steward(site: Stewarded) -> Browser:
    return signed_in(site, site.calq)


def test_what_would_follow_is_said_in_words(site: Stewarded, steward: Browser) -> None:
    path = made(steward.submit(NEW))
    address = steward.get(path).links()["Calculer ce qui s'ensuivrait (quelques secondes)"]
    assert address == f"{path}/entailed"
    told = steward.get(address)
    assert "Ce qui s'ensuivrait de la soumission" in told.text()
    assert "Version 1" in told.links()
    row = next(each.text for each in told.all("tr") if "Ouvrir les ateliers" in each.text)
    assert re.search(r"rien\s+Ouvrir les ateliers", row)
    # The new thing goes by its name, without a link: it has no page yet.
    assert "Ouvrir les ateliers" not in told.links()
    english = steward.get(told.links()["English"])
    assert english.links()["Français"] == address
    assert "Would not follow any more" in english.text()
    number = int(path.rpartition("/")[2])
    assert site.decide(number, "approve").status_code == 200
    gone = made(steward.submit(WITHOUT_PLACE))
    row = next(
        each.text
        for each in steward.get(f"{gone}/entailed").all("tr")
        if "Ouvrir les ateliers" in each.text
    )
    assert re.search(r"Ouvrir les ateliers\s+rien", row)
    assert steward.decide(gone, "reject", "Pour voir").status_code == 303
    assert site.decide(number, "revert").status_code == 200


def test_nothing_follows_from_what_changes_nothing(steward: Browser) -> None:
    path = made(steward.submit('organisation:calq ap:acronym "CALQ" .'))
    told = steward.get(f"{path}/entailed")
    assert "Rien d'autre ne s'ensuivrait" in told.text()
    assert not told.all("table")


def test_who_may_not_see_it_sees_nothing_of_it(site: Stewarded, steward: Browser) -> None:
    path = made(steward.submit('organisation:calq ap:acronym "CALQ" .'))
    other = signed_in(site, site.sodec)
    assert other.ask("GET", f"{path}/entailed").status_code == 404
    assert steward.ask("GET", "/fr/submissions/x/entailed").status_code == 404
    stranger = Browser(site)
    door = whole_door(stranger, f"{path}/entailed")
    assert door == f"{path}/entailed"
    again = stranger.sign_in(site.calq, door, "fr")
    assert again.headers["location"] == f"{path}/entailed"


def whole_door(browser: Browser, path: str) -> str:
    """Where signing in leads from a page that asks for it."""
    page = whole(browser.ask("GET", path), "fr", 401)
    return next(each.get("value") for each in page.all("input") if each.get("name") == "next")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Ce service ne conclut rien de ce qu'on lui dit."),
        ({"reasoner": "rules", "reasoning_triples": 10}, "Il y a trop de données"),
        ({"reasoner": "rules", "reasoning_seconds": 0.01}, "Conclure prend trop de temps"),
    ],
    ids=["none", "too-large", "timeout"],
)
def test_why_it_is_not_known_is_said(tmp_path: Path, given: dict[str, Any], said: str) -> None:
    with open_stewarded(tmp_path, **given) as site:
        steward = signed_in(site, site.calq)
        path = made(steward.submit(NEW))
        told = steward.get(f"{path}/entailed")
        assert "Ce qui s'ensuivrait n'est pas connu" in told.text()
        assert said in told.text()
        assert not told.all("table")


@pytest.mark.parametrize("state", ["none", *get_args(Reason)])
def test_there_are_words_for_every_reason(state: str) -> None:
    for language in LANGUAGES:
        assert Words(language).say(f"submissions.entailed-{state}")


def test_what_follows_by_terms_of_others_is_said_in_words() -> None:
    """Of each property and class of others that the ontology concludes something by."""
    ontology = Graph(bind_namespaces="none")
    for file in (ROOT / "ontology").glob("**/*.ttl"):
        ontology.parse(file)
    concluded = {
        str(term)
        for narrower in (RDFS.subPropertyOf, RDFS.subClassOf)
        for term in ontology.objects(None, narrower)
        if isinstance(term, URIRef) and not term.startswith(BASE)
    }
    prefixes = read_prefixes(ROOT)
    called = {iri: f"foreign.{shortened(iri, prefixes)}" for iri in concluded}
    assert len(called) > 10
    assert [iri for iri, key in called.items() if not Words("fr").knows(key)] == []


def test_of_much_that_follows_the_first_is_told_and_the_rest_counted() -> None:
    part = NamedNode(f"{DEF}hasPart")
    plan, things = NamedNode(f"{BASE}id/plan/qdcp"), [f"{BASE}id/measure/m-{n}" for n in range(700)]
    added = tuple(Triple(plan, part, NamedNode(each)) for each in things)
    removed = tuple(Triple(NamedNode(each), part, plan) for each in things[:2])
    found = Foreseen("complete", added, removed, left_out=5)
    step = Step("ready", START, "a", "", 1)
    told = Told(
        submission=Submission(1, START, "a", "calq", "add", "", (step,)),
        release=1,
        account={"shifts": []},
        change=ChangeSet(),
        names={things[0]: {"en": "The first"}},
        words={},
        authors={},
    )
    page = following(Drawing(told, Names(Words("en"), (BASE,), {})), found, 1)
    assert (page.added, page.removed) == ("700 conclusions", "2 conclusions")
    assert page.left_out == 700 - MOST_FOLLOWING + 5
    assert [each.path for each in page.things] == [
        "id/measure/m-0",
        "id/measure/m-1",
        "id/plan/qdcp",
    ]
    first, second, last = (each.shifts[0] for each in page.things)
    assert (len(first.before), first.after) == (1, ())
    assert second.before == first.before
    assert (last.before, len(last.after)) == ((), MOST_FOLLOWING)
    assert last.after[0].link == Link(Text("The first"), "/en/thing/measure/m-0")


def test_an_error_is_told_on_the_page_and_the_submission_itself_needs_none_of_it(
    tmp_path: Path,
) -> None:
    with open_stewarded(tmp_path, reasoner="rules") as site:
        steward = signed_in(site, site.calq)
        path = made(steward.submit(NEW))
        folder = site.stewardship.foreseeing.folder
        assert not folder.exists()
        assert "prête" in steward.get(path).text()
        assert not folder.exists()
        folder.touch()
        told = whole(steward.ask("GET", f"{path}/entailed"), "fr", 507)
        [problem] = [each for each in told.all("section") if each.get("role") == "alert"]
        assert "Espace de stockage plein" in problem.text
        assert f"Soumission {path.rpartition('/')[2]}" in told.links()
        assert "prête" in steward.get(path).text()
