"""An organisation speaks of its own and of what is nobody's, and of nothing else."""

from __future__ import annotations

import pytest
from pyoxigraph import NamedNode, RdfFormat, Store, parse

from jalon.errors import Forbidden, RdfRefused
from jalon.store.shown import ABOUT, SUPERSEDES
from jalon.terms import AP
from jalon.validation.submitted.confining import Confinement

BASE = "https://w3id.org/jalon/"
P = NamedNode(f"{BASE}def#p")

DATA = f"""
PREFIX ap: <{BASE}def#> PREFIX m: <{BASE}id/measure/> PREFIX g: <{BASE}graph/>
PREFIX o: <{BASE}id/organisation/> PREFIX i: <{BASE}id/involvement/> PREFIX r: <{BASE}id/result/>
PREFIX c: <{BASE}id/count/> PREFIX p: <{BASE}id/period/> PREFIX n: <{BASE}id/note/>
PREFIX s: <{BASE}graph/submitted/>

GRAPH <{BASE}graph/source/d> {{
    m:both ap:involvement i:calq-and , i:sodec-and ; ap:period p:both ; ap:result r:both .
    i:calq-and ap:agent o:calq . i:sodec-and ap:agent o:sodec .
    r:both ap:hasCount c:both .
    m:theirs ap:involvement i:theirs ; ap:period p:theirs ; ap:result r:theirs ; ap:allocation _:x .
    i:theirs ap:agent o:sodec .
    r:theirs ap:hasCount c:theirs . c:theirs ap:statement n:theirs . n:theirs ap:p 1 .
    p:theirs ap:startYear 1 . p:both ap:startYear 1 . c:both ap:count 4 . c:theirs ap:count 4 .
    m:nobodys ap:p 1 ; ap:period p:nobodys . p:nobodys ap:startYear 1 .
    m:shared ap:period p:shared . p:shared ap:startYear 1 . m:theirs ap:period p:shared .
    m:both ap:period p:of-both . m:theirs ap:period p:of-both . p:of-both ap:startYear 1 .
    o:calq ap:p 1 . o:sodec ap:p 1 . o:calq-montreal ap:p 1 .
    i:montreal ap:agent o:calq-montreal .
    p:ring ap:period p:rings . p:rings ap:period p:ring .
}}
GRAPH s:sodec {{
    m:sodec-studios ap:p 1 . m:both ap:p 2 . o:calq-friends ap:p 1 . m:nobodys ap:p 2 .
    m:sodec-and-calq ap:p 1 . p:squatted ap:p 1 .
}}
GRAPH s:calq {{
    m:calq-studios ap:p 1 ; ap:involvement i:calq-new , i:calq-partner .
    i:calq-new ap:agent o:calq . i:calq-partner ap:agent o:sodec .
    m:sodec-and-calq ap:p 2 .
    m:theirs ap:involvement i:calq-taken . i:calq-taken ap:agent o:calq .
    m:calq-studios ap:period p:theirs . i:theirs ap:agent o:calq .
    o:calq-brought ap:p 1 .
    n:calq-hand ap:about m:both ; ap:supersedes g:editorial . n:calq-word ap:about m:both .
}}
GRAPH g:entailed {{ m:theirs ap:involvement i:entailed . i:entailed ap:agent o:calq . }}
GRAPH g:editorial {{
    m:both ap:involvement i:role . i:role ap:role o:x .
    n:editors ap:about m:both ; ap:supersedes <{BASE}graph/source/d> .
}}
"""


@pytest.fixture(scope="module")
def store() -> Store:
    store = Store()
    store.extend(parse(DATA.encode(), RdfFormat.TRIG))
    return store


def refusal(store: Store, thing: str, said_of: NamedNode = P, organisation: str = "calq") -> str:
    """Why nothing may be said of a thing; empty where it may."""
    try:
        Confinement(store, BASE, organisation).check([(NamedNode(BASE + thing), said_of)])
    except (Forbidden, RdfRefused) as error:
        return str(error.details["variant"]) if str(error) else "?"
    return ""


@pytest.mark.parametrize(
    ("thing", "why"),
    [
        ("id/organisation/calq", "itself"),
        ("id/measure/both", "it takes part, and so does another"),
        ("id/involvement/calq-and", "its involvement"),
        ("id/involvement/role", "of the measure that it takes part in"),
        ("id/period/both", "of its measure"),
        ("id/result/both", "of its measure"),
        ("id/count/both", "on a result on its measure"),
        ("id/period/of-both", "of its measure, and of another's"),
        ("id/measure/nobodys", "nobody takes part"),
        ("id/period/nobodys", "of a measure in which nobody takes part"),
        ("id/measure/calq-studios", "described by itself alone"),
        ("id/measure/sodec-and-calq", "described by itself, too"),
        ("id/involvement/calq-new", "its own, of itself"),
        ("id/involvement/calq-partner", "its own, of another: sent again, it is the same"),
        ("id/organisation/calq-brought", "an organisation that it has brought in"),
        ("id/organisation/calq-new", "an organisation that it brings in"),
        ("id/measure/calq-new", "new, and under its name"),
        ("id/measure/calq", "new, and under its name"),
        ("id/period/ring", "of what is its own part, and nobody's"),
        ("id/note/editors", "what another's note lets give way is not changed by it"),
        ("id/note/calq-word", "a note of its own that lets nothing give way"),
    ],
)
def test_an_organisation_speaks_of(store: Store, thing: str, why: str) -> None:
    assert refusal(store, thing) == "", why


@pytest.mark.parametrize(
    ("thing", "why"),
    [
        ("id/organisation/sodec", "another organisation"),
        ("id/organisation/calqs", "another organisation, whose name begins alike"),
        ("id/organisation/nobody", "another organisation, of which nothing is known"),
        ("id/organisation/calq-montreal", "another organisation, which bears a longer name"),
        ("id/organisation/calq-friends", "one that another has brought in under its name"),
        ("id/involvement/montreal", "of another organisation with a longer name"),
        ("id/involvement/sodec-and", "another's, on a measure of both"),
        ("id/measure/theirs", "another takes part, whatever it says itself, and what follows"),
        ("id/involvement/theirs", "another's, whatever it says itself"),
        ("id/period/theirs", "of another's measure, whatever it says itself"),
        ("id/period/shared", "of a measure in which another takes part"),
        ("id/result/theirs", "of another's measure"),
        ("id/count/theirs", "on a result on another's measure"),
        ("id/note/theirs", "a statement on a count on a result on another's measure"),
        ("id/measure/sodec-studios", "described by another alone"),
        ("id/period/squatted", "described by another alone"),
    ],
)
def test_an_organisation_does_not_speak_of(store: Store, thing: str, why: str) -> None:
    assert refusal(store, thing) == "another", why


@pytest.mark.parametrize(
    "thing",
    [
        "id/measure/new",
        "id/measure/calqs",
        "id/measure/sodec-new",
        "id/calq/new",
        "id/involvement/entailed-new",
    ],
)
def test_what_is_new_bears_the_name_of_who_brings_it_in(store: Store, thing: str) -> None:
    assert refusal(store, thing) == "name"
    assert refusal(store, "id/measure/sodec-new", organisation="sodec") == ""


@pytest.mark.parametrize(
    "thing",
    [
        "graph/editorial",
        "graph/submitted/calq",
        "def#Plan",
        "def/calq-x",
        "id/calq-x",
        "id/measure/",
        "id/measure/calq/x",
        "id/measure/../organisation/calq",
        "id/measure/calq-%2e",
        "id/measure/CALQ-x",
        "id/measure/calq_x",
        "id/measure/calq-x?y",
        "id/measure/calq-x#y",
        "id/measure/calq-x/",
        "id/Measure/calq-x",
        "id/measure/calq--x",
        "id/measure/-calq",
        "id/measure/calq-é",
    ],
)
def test_what_is_no_thing_is_refused(store: Store, thing: str) -> None:
    assert refusal(store, thing) == "subject"


def test_a_thing_of_another_base_is_refused(store: Store) -> None:
    for iri in ("https://example.org/id/measure/calq-x", f"{BASE[:-1]}x/id/measure/calq-x"):
        with pytest.raises(RdfRefused) as raised:
            Confinement(store, BASE, "calq").check([(NamedNode(iri), P)])
        assert raised.value.details["variant"] == "subject"
        assert str(raised.value.details["found"]) == iri


@pytest.mark.parametrize(
    "name", [SUPERSEDES, NamedNode(str(AP.statedIn)), NamedNode(str(AP.submittedIn))]
)
def test_what_follows_from_what_is_said_is_not_said(store: Store, name: NamedNode) -> None:
    assert refusal(store, "id/organisation/calq", name) == "derived"


def test_a_note_that_lets_values_give_way_is_not_turned_on_others(store: Store) -> None:
    assert refusal(store, "id/note/calq-hand", ABOUT) == "derived"
    assert refusal(store, "id/note/calq-hand") == "derived"


def test_each_of_many_places_is_checked(store: Store) -> None:
    """What rows speak for is checked as what documents say is: the last, too."""
    mine, theirs = (NamedNode(f"{BASE}id/organisation/{name}") for name in ("calq", "sodec"))
    other = NamedNode(str(AP.statedIn))
    confinement = Confinement(store, BASE, "calq")
    confinement.check([(mine, P), (mine, NamedNode(f"{BASE}def#q"))])
    with pytest.raises(Forbidden, match="sodec"):
        confinement.check([(mine, P), (mine, P), (theirs, P)])
    with pytest.raises(RdfRefused):
        confinement.check([(mine, P), (mine, other)])


def test_both_of_two_that_take_part_may_speak(store: Store) -> None:
    for organisation in ("calq", "sodec"):
        assert refusal(store, "id/measure/both", organisation=organisation) == ""
        assert refusal(store, "id/count/both", organisation=organisation) == ""
    assert refusal(store, "id/measure/both", organisation="mcc") == "another"
    assert refusal(store, "id/measure/both", organisation="cal") == "another"
    # What another says that it takes part in, it does.
    assert refusal(store, "id/involvement/calq-partner", organisation="sodec") == ""
    assert refusal(store, "id/measure/calq-studios", organisation="sodec") == ""
    assert refusal(store, "id/measure/calq-studios", organisation="mcc") == "another"
