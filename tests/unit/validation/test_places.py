"""Where results are in a document: held against what the parser reads of it."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, parse

from jalon.validation.documents import Document, Source, read_document
from jalon.validation.examination import examine_alone
from jalon.validation.places.finding import Place, Places
from jalon.validation.places.located import Wanted, located, text_of
from jalon.validation.places.spots import Placed, Spot
from unit.validation.places.making import FORMATS, GRAPH, Hand, serialized

FOLDER = Path(__file__).with_name("places")
SHAPES = Document("shapes", (FOLDER / "shapes.ttl").read_bytes(), "text/turtle")
SEEDS = range(50)
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
FIRST, REST = f"{RDF}first", f"{RDF}rest"
JSON_LD = "application/ld+json"
BY_HAND = ("text/turtle", "application/trig", JSON_LD)
SUFFIXES = {".trig": "application/trig", ".nq": "application/n-quads", ".jsonld": JSON_LD}


def source_of(content: bytes, media_type: str) -> Source:
    document = Document("data", content, media_type)
    return Source(document, GRAPH, read_document(document, GRAPH).quads)


def by_hand(seed: int, media_type: str) -> bytes:
    hand = Hand(random.Random(seed))  # noqa: S311
    if media_type == JSON_LD:
        return hand.json().encode()
    return hand.turtle(graphs=media_type == "application/trig").encode()


def placed(source: Source) -> list[Placed]:
    return [each for each in located(source, Wanted()) if isinstance(each, Placed)]


def unplaced(source: Source) -> set[object]:
    """The triples of the parser that no place is known for."""
    said = {(each.subject.term, each.predicate.term, each.object.term) for each in placed(source)}
    read: set[object] = {(quad.subject, quad.predicate, quad.object) for quad in source.quads}
    return read - said


@pytest.mark.parametrize("media_type", FORMATS)
def test_every_triple_of_generated_documents_is_placed_where_it_reads_as_it_is(
    media_type: str,
) -> None:
    for seed in SEEDS:
        source = source_of(serialized(seed, media_type), media_type)
        assert unplaced(source) == set(), f"seed {seed}"
        check_reads_back(source)


@pytest.mark.parametrize("media_type", BY_HAND)
def test_every_triple_of_documents_in_the_ways_of_people_is_placed_where_it_reads_as_it_is(
    media_type: str,
) -> None:
    for seed in SEEDS:
        source = source_of(by_hand(seed, media_type), media_type)
        assert unplaced(source) == set(), f"seed {seed}"
        check_reads_back(source)


@pytest.mark.parametrize("name", ["statements.trig", "lines.nq"])
def test_every_triple_of_odd_documents_is_placed(name: str) -> None:
    path = FOLDER / "odd" / name
    source = source_of(path.read_bytes(), SUFFIXES[path.suffix])
    assert len(source.quads) > 3
    assert unplaced(source) == set()


def test_what_is_not_understood_of_a_context_is_left_without_a_place() -> None:
    source = source_of((FOLDER / "odd" / "contexts.jsonld").read_bytes(), JSON_LD)
    left = {getattr(said[2], "value", "") for said in unplaced(source)}  # type: ignore[index]
    texts = {"two", "three", "four", "six", "seven"}
    assert texts <= left
    understood = {"one", "five", "eight", "9", "true", "ten", "eleven", "5.0E0", "é🎭"}
    assert left & {*understood, "thirteen", "fourteen"} == set()
    check_reads_back(source)


def test_a_thing_is_found_by_its_id_where_what_is_said_of_it_is_not_understood() -> None:
    source = source_of((FOLDER / "odd" / "contexts.jsonld").read_bytes(), JSON_LD)
    text = text_of(source)
    spots = {each.term: each for each in located(source, Wanted()) if isinstance(each, Spot)}
    special = spots[NamedNode("http://example.org/id/c")]
    assert text[special.start : special.end] == '"ex:c"'


def check_reads_back(source: Source) -> None:
    """Each place by itself is read again, by the parser, or as JSON, and gives the term."""
    text = text_of(source)
    spots: set[Spot] = set()
    for each in placed(source):
        # The cells of a list are not written: they are placed where their items are.
        name = each.predicate.term.value
        spots.update(each[2:] if name == FIRST else () if name == REST else each)
    check = check_json if source.document.media_type == JSON_LD else check_turtle
    check(text, sorted(spots, key=lambda spot: spot.start))


def check_turtle(text: str, spots: list[Spot]) -> None:
    head = "\n".join(re.findall(r"^(?:@?prefix|@?base|PREFIX) .+$", text, re.MULTILINE))
    labels: dict[str, BlankNode] = {}
    lines, expected = [], []
    for spot in spots:
        written = text[spot.start : spot.end]
        if isinstance(spot.term, BlankNode):
            if written.startswith("_:"):
                assert labels.setdefault(written, spot.term) == spot.term
            continue
        if written in ("(", "a"):
            assert spot.term in (NamedNode(f"{RDF}nil"), NamedNode(f"{RDF}type"))
            continue
        lines.append(f"<x:s> <x:p> {written} .")
        expected.append(spot.term)
    document = "\n".join([head, *lines]).encode()
    read = [quad.object for quad in parse(document, RdfFormat.TURTLE, base_iri=GRAPH)]
    assert read == expected


def check_json(text: str, spots: list[Spot]) -> None:
    names: dict[str, object] = {}
    for spot in spots:
        written = text[spot.start : spot.end]
        if written in ("{", "["):
            continue
        value = json.loads(written)
        if isinstance(spot.term, Literal):
            assert is_value(value, spot.term), written
        elif isinstance(value, str) and value.startswith("_:"):
            assert names.setdefault(value, spot.term) == spot.term
        else:
            known = TERMS.get(value, re.split(r"[:/#]", value)[-1])
            assert str(getattr(spot.term, "value", "")).endswith(known), written


TERMS = {
    "@type": "#type",
    "kind": "#type",
    "@id": "",
    "id": "",
    "label": "p0",
    "link": "p1",
    "word": "p2",
    "day": "p3",
    "row": "p4",
    "bag": "p5",
    "of": "p6",
    "french": "p7",
    "plain": "p8",
}


def is_value(value: object, literal: Literal) -> bool:
    if isinstance(value, bool):
        return literal.value == json.dumps(value)
    if isinstance(value, int | float):
        return float(literal.value) == float(value)
    return literal.value == value


DATA = """@prefix : <http://example.org/id/> .
@prefix d: <http://example.org/def#> .

:a a d:Thing ;
    d:year "soon" ; # here
    d:owner :x , :y ;
    d:part :b .
:b d:code "« 🎭 »"@fr, 5 .
:c d:part :a.
"""


def lines_of(content: str, media_type: str = "text/turtle") -> dict[str, tuple[int, int] | None]:
    """Rule → line and column, of the results of a document by the shapes."""
    document = Document("data", content.encode(), media_type)
    examination = examine_alone(document, [SHAPES], GRAPH, "shacl")
    places = Places(examination.source, examination.report.results)
    return {
        result.rule_id: (place.line, place.column) if (place := places.of(result)) else None
        for result in examination.report.results
    }


def test_a_place_is_that_of_the_value_else_of_the_property_else_of_the_thing() -> None:
    assert lines_of(DATA) == {
        "Thing-year-valid": (5, 12),
        "Thing-owner-single": (6, 5),
        "Thing-name-present": (4, 1),
        "Thing-part-code": (8, 11),
        "Thing-whole-kind": (9, 1),
    }


def test_columns_are_characters_after_a_byte_order_mark_and_carriage_returns() -> None:
    windows = "\ufeff" + DATA.replace("\n", "\r\n")
    assert lines_of(windows) == lines_of(DATA)
    odd = DATA.replace('"soon"', '"🎭🎭" , "soon"')
    document = Document("data", odd.encode(), "text/turtle")
    examination = examine_alone(document, [SHAPES], GRAPH, "shacl")
    places = Places(examination.source, examination.report.results)
    years = [each for each in examination.report.results if each.rule_id == "Thing-year-valid"]
    assert [places.of(year) for year in years] == [Place(5, 19, 5, 25), Place(5, 12, 5, 16)]


def test_a_place_in_json_ld_is_that_of_the_value_of_a_member() -> None:
    document = {
        "@context": {"d": "http://example.org/def#", "year": "d:year"},
        "@id": "http://example.org/id/a",
        "@type": "d:Thing",
        "year": "soon",
        "d:part": {"d:code": "one"},
    }
    found = lines_of(json.dumps(document, indent=2), JSON_LD)
    assert found == {
        "Thing-year-valid": (8, 11),
        "Thing-name-present": (6, 10),
        "Thing-part-code": (10, 15),
    }


def test_nothing_is_claimed_of_a_syntax_that_is_not_read_again() -> None:
    xml = (
        '<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<d:Thing xmlns:d="http://example.org/def#" r:about="http://example.org/id/a"/></r:RDF>'
    )
    assert lines_of(xml, "application/rdf+xml") == {"Thing-name-present": None}


@pytest.mark.parametrize("media_type", ["application/n-triples", "application/n-quads"])
def test_the_lines_about_some_things_are_placed_as_in_the_whole(media_type: str) -> None:
    for seed in SEEDS:
        content = serialized(seed, media_type).replace(b"/s1>", b"/\\u00731>")
        source = source_of(b"# first\n\n" + content, media_type)
        things = {NamedNode(f"http://example.org/id/s{number}") for number in (1, 2)}
        wanted = Wanted(frozenset(things), is_all=False, has_blanks=False, most_triples=0)
        expected = [
            each
            for each in placed(source)
            if {each.subject.term, each.object.term} & things
            and not isinstance(each.subject.term, BlankNode)
            and not isinstance(each.object.term, BlankNode)
        ]
        found = [each for each in located(source, wanted) if isinstance(each, Placed)]
        assert [
            each
            for each in found
            if not isinstance(each.subject.term, BlankNode)
            and not isinstance(each.object.term, BlankNode)
        ] == expected


@pytest.mark.parametrize("media_type", ["text/turtle", JSON_LD])
def test_nothing_is_claimed_that_the_parser_has_not_read(media_type: str) -> None:
    claimed: set[object] = set()
    left: set[object] = set()
    for seed in range(8):
        whole = source_of(by_hand(seed, media_type), media_type)
        named = [quad for quad in whole.quads if not isinstance(quad.object, BlankNode)]
        left_out = {quad for quad in named[::2] if not isinstance(quad.subject, BlankNode)}
        part = tuple(quad for quad in whole.quads if quad not in left_out)
        found = placed(Source(whole.document, GRAPH, part))
        claimed |= {
            (seed, each.subject.term, each.predicate.term, each.object.term) for each in found
        }
        left |= {(seed, quad.subject, quad.predicate, quad.object) for quad in left_out}
    assert len(claimed) > len(left) > 8
    assert not claimed & left


def test_nothing_is_claimed_of_a_document_with_more_triples_than_are_read_again() -> None:
    source = source_of(DATA.encode(), "text/turtle")
    assert list(located(source, Wanted(most_triples=len(source.quads)))) != []
    assert list(located(source, Wanted(most_triples=len(source.quads) - 1))) == []


def hostile() -> Iterator[tuple[str, str, str]]:
    chain = {"t0": "http://example.org/def#", **{f"t{n}": f"t{n - 1}:x" for n in range(1, 500)}}
    many = [{f"u{n}": "http://example.org/def#"} for n in range(2000)]
    node = {"@id": "http://example.org/id/a", "http://example.org/def#p": 1}
    yield "brackets", "text/turtle", f"<x:s> <x:p> {'[ <x:p> ' * 5_000}1{']' * 5_000} ."
    yield "lists", "text/turtle", f"<x:s> <x:p> {'(' * 5_000}{')' * 5_000} ."
    yield "alike", "text/turtle", "<x:s> <x:p> " + ",".join(["[ <x:p> [] ]"] * 5_000) + " ."
    yield "chained terms", JSON_LD, json.dumps({"@context": chain, **node})
    yield "many contexts", JSON_LD, json.dumps({"@context": many, **node})
    yield "arrays", JSON_LD, json.dumps({**node, "x:p": [[[[1] * 5_000]]]})


@pytest.mark.parametrize(
    ("media_type", "text"), [each[1:] for each in hostile()], ids=[each[0] for each in hostile()]
)
def test_hostile_documents_are_read_to_their_end_or_left_without_places(
    media_type: str, text: str
) -> None:
    source = source_of(text.encode(), media_type)
    assert len(placed(source)) <= len(source.quads)
