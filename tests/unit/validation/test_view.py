"""The validation view: what is shown, and the markers that only the view derives."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, parse
from rdflib import OWL, RDFS

from jalon.terms import AP
from jalon.validation.view import MARKERS, markers, placed, validation_view

BASE = "https://example.org/plan/"
HEAD = f"""
PREFIX ap: <{AP}>
PREFIX owl: <{OWL}>
PREFIX rdfs: <{RDFS}>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX id: <{BASE}id/measure/>
PREFIX graph: <{BASE}graph/>
PREFIX source: <{BASE}graph/source/>
PREFIX submitted: <{BASE}graph/submitted/>
PREFIX vocabulary: <{BASE}graph/vocabulary/>
"""


def quads(text: str) -> list[Quad]:
    return list(parse((HEAD + text).encode("utf-8"), RdfFormat.TRIG))


def marked(text: str) -> set[tuple[str, str, str]]:
    """The markers of a dataset, as local names."""
    return {
        (short(triple.subject), short(triple.predicate), short(triple.object))
        for triple in markers(quads(text), BASE)
    }


def short(term: object) -> str:
    return str(getattr(term, "value", term)).replace("#", "/").rpartition("/")[2]


def triples(view: bytes) -> Iterator[Triple]:
    for quad in parse(view, RdfFormat.N_TRIPLES):
        yield quad.triple


def test_a_subject_of_a_source_graph_is_stated_there() -> None:
    assert marked("source:notice { id:a ap:partOf id:b }") == {("a", "statedIn", "notice")}


def test_a_source_graph_does_not_mark_itself_its_document_or_a_note() -> None:
    text = """source:notice {
        source:notice rdfs:label "x" . id:d a ap:Document . id:n a ap:Note .
        id:c a ap:Citation .
    }"""
    assert marked(text) == {("c", "statedIn", "notice")}


def test_a_subject_of_a_submission_is_submitted_there() -> None:
    assert marked("submitted:mcc { id:a ap:partOf id:b }") == {("a", "submittedIn", "mcc")}


@pytest.mark.parametrize("graph", ["graph:external", "vocabulary:theme", "graph:ontology"])
def test_other_graphs_mark_nothing(graph: str) -> None:
    assert marked(f"{graph} {{ id:a ap:partOf id:b }}") == set()


@pytest.mark.parametrize("graph", ["graph:entailed", "graph:shapes", "graph:catalogue"])
def test_what_is_not_shown_is_not_in_the_view(graph: str) -> None:
    assert validation_view(quads(f"{graph} {{ id:a ap:partOf id:b }}"), BASE) == b""


def test_a_graph_of_another_base_is_not_in_the_view() -> None:
    text = "<https://example.net/graph/source/notice> { id:a ap:partOf id:b }"
    assert validation_view(quads(text), BASE) == b""


def test_types_and_citations_are_not_editorial_properties() -> None:
    text = 'graph:editorial { id:a a ap:Measure ; ap:citation id:c ; rdfs:label "x" }'
    assert marked(text) == {("a", "editorialProperty", "label")}


def test_citations_documents_and_notes_have_no_editorial_properties() -> None:
    text = """graph:editorial { id:c a ap:Citation ; ap:document id:d . id:d rdfs:label "x" }
        graph:external { id:d a ap:Document }"""
    assert marked(text) == set()


@pytest.mark.parametrize(
    "about",
    [
        "id:a ; ap:aboutProperty rdfs:label",
        "id:a",
        "graph:editorial ; ap:aboutProperty rdfs:label",
        "ap:Measure ; ap:aboutProperty rdfs:label",
        "id:scheme ; ap:aboutProperty rdfs:label",
    ],
)
def test_a_note_of_the_editorial_graph_gives_the_reason(about: str) -> None:
    text = f"""graph:editorial {{ id:a rdfs:label "x" . id:n a ap:Note ; ap:about {about} }}
        source:notice {{ id:a a ap:Measure }}
        vocabulary:theme {{ id:a skos:inScheme id:scheme }}"""
    assert ("a", "reasonedProperty", "label") in marked(text)


@pytest.mark.parametrize(
    "note",
    [
        "graph:editorial { id:n a ap:Note ; ap:about id:a ; ap:aboutProperty ap:period }",
        "graph:editorial { id:n a ap:Note ; ap:about id:b ; ap:aboutProperty rdfs:label }",
        "graph:editorial { id:n a ap:Note ; ap:about graph:editorial }",
        "submitted:mcc { id:n a ap:Note ; ap:about id:a ; ap:aboutProperty rdfs:label }",
    ],
)
def test_other_notes_give_no_reason(note: str) -> None:
    found = marked(f'graph:editorial {{ id:a rdfs:label "x" }} {note}')
    assert ("a", "editorialProperty", "label") in found
    assert ("a", "reasonedProperty", "label") not in found


FIELD = "id:f ap:reportsOn id:a ; ap:asksFor ap:evaluated ."


@pytest.mark.parametrize("graph", ["source:notice", "submitted:mcc"])
def test_a_field_is_answered_by_a_value_in_its_own_graph(graph: str) -> None:
    found = marked(f"{graph} {{ {FIELD} id:a ap:evaluated true }}")
    assert ("f", "presentProperty", "evaluated") in found


@pytest.mark.parametrize(
    "value",
    [
        "source:other { id:a ap:evaluated true }",
        "graph:editorial { id:a ap:evaluated true }",
        "source:notice { id:b ap:evaluated true }",
    ],
)
def test_a_field_is_not_answered_by_another_graph_or_thing(value: str) -> None:
    found = marked(f"source:notice {{ {FIELD} }} {value}")
    assert ("f", "presentProperty", "evaluated") not in found


@pytest.mark.parametrize(
    ("graph", "present"), [("source:notice", True), ("graph:editorial", False)]
)
def test_a_note_speaks_of_values_in_source_graphs(graph: str, present: bool) -> None:
    note = "graph:editorial { id:n a ap:Note ; ap:about id:a, id:b ; ap:aboutProperty ap:period }"
    found = marked(f"{note} {graph} {{ id:b ap:period id:p }}")
    assert (("n", "presentProperty", "period") in found) is present


@pytest.mark.parametrize("use", ["ap:old 1", "ap:theme ap:old", "a ap:old"])
def test_a_deprecated_term_marks_what_uses_it(use: str) -> None:
    text = f"graph:ontology {{ ap:old owl:deprecated true }} graph:external {{ id:a {use} }}"
    assert marked(text) == {("a", "deprecatedTerm", "old")}


def test_a_term_in_force_marks_nothing_nor_does_its_declaration() -> None:
    text = """graph:ontology { ap:old owl:deprecated true . ap:new owl:deprecated false ;
            rdfs:subClassOf ap:old }
        graph:external { id:a ap:new 1 }"""
    assert marked(text) == set()


def test_asserted_markers_are_left_out() -> None:
    text = "graph:external { id:a ap:statedIn source:notice ; ap:partOf id:b }"
    view = validation_view(quads(text), BASE)
    assert [short(triple.predicate) for triple in triples(view)] == ["partOf"]
    assert len(MARKERS) == 6


def test_a_superseded_value_is_not_in_the_view() -> None:
    text = """source:notice { id:a rdfs:label "old" }
        submitted:mcc { id:a rdfs:label "new" . id:n ap:about id:a ; ap:aboutProperty rdfs:label ;
            ap:supersedes source:notice }"""
    view = validation_view(quads(text), BASE).decode("utf-8")
    assert '"new"' in view
    assert '"old"' not in view


def test_the_view_is_the_same_whatever_the_order() -> None:
    text = 'source:notice { id:a rdfs:label "x"@en, "y"@fr ; ap:partOf id:b . id:b a ap:Plan }'
    some = quads(text)
    mixed = random.Random(3).sample(some, len(some))  # noqa: S311 - an order, not a secret
    assert validation_view(some, BASE) == validation_view(mixed, BASE)


def test_a_posted_file_is_placed_in_one_graph() -> None:
    name = f"{BASE}graph/submitted/mcc"
    posted = quads("id:a ap:partOf id:b . source:notice { id:c ap:partOf id:b }")
    found = list(placed(posted, name))
    assert {quad.graph_name for quad in found} == {NamedNode(name)}
    assert [quad.triple for quad in found] == [quad.triple for quad in posted]
