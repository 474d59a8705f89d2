"""Blank nodes get the same IRIs for the same description, and no two get one."""

from __future__ import annotations

import itertools
import random
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence

import pytest
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    NamedNode,
    Quad,
    RdfFormat,
    parse,
)

from jalon.store.shown import Term
from jalon.validation.submitted.naming import is_given, with_iris
from unit.ledger.drafts import chances

BASE = "https://w3id.org/jalon/"
DEF = f"{BASE}def#"
PREFIXES = f"PREFIX : <{BASE}id/measure/> PREFIX ap: <{DEF}>\n"
SEEDS = 300
THINGS = (NamedNode(f"{BASE}id/measure/m"),)
MOST_TIMES_MORE = 15
"""For ten times as many: 10 is linear, 100 is quadratic."""


def quads_of(turtle: str) -> list[Quad]:
    return list(parse((PREFIXES + turtle).encode(), RdfFormat.TURTLE, rename_blank_nodes=True))


def named(quads: Sequence[Quad]) -> set[Quad]:
    found = with_iris(quads, BASE, "calq")
    assert not [each for each in found if isinstance(each.subject, BlankNode)]
    assert not [each for each in found if isinstance(each.object, BlankNode)]
    return set(found)


def nodes_in(quads: Sequence[Quad]) -> list[BlankNode]:
    terms = (term for quad in quads for term in (quad.subject, quad.object))
    return list(dict.fromkeys(term for term in terms if isinstance(term, BlankNode)))


def shuffled(quads: Sequence[Quad], chance: random.Random) -> list[Quad]:
    """The same with other labels, in another order."""
    found = renamed(quads, {node: BlankNode() for node in nodes_in(quads)})
    chance.shuffle(found)
    return found


def renamed(quads: Iterable[Quad], names: Mapping[Term, BlankNode]) -> list[Quad]:
    return [
        Quad(names.get(q.subject, q.subject), q.predicate, names.get(q.object, q.object))
        for q in quads
    ]


def canonical(quads: Sequence[Quad]) -> set[Quad]:
    """Equal for graphs that differ in labels alone, by the standard's own algorithm."""
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return set(dataset)


DOCUMENTS = {
    "one": ":m ap:period [ a ap:Period ; ap:startYear 2027 ] .",
    "twins": ":m ap:period [ a ap:Period ] , [ a ap:Period ] .",
    "nested": ":m ap:result [ ap:hasCount [ ap:count 47 ] , [ ap:count 4 ] ; ap:position 1 ] .",
    "nested twice": ":m ap:r [ ap:hasCount [ ap:count 4 ] ] , [ ap:hasCount [ ap:count 4 ] ] .",
    "shared": ":m ap:period _:p . :n ap:period _:p . _:p ap:startYear 2027 .",
    "shared by nodes": "_:a ap:p _:c . _:b ap:p _:c , 1 . :m ap:q _:a , _:b .",
    "itself": "_:a ap:p _:a . _:b ap:p _:b , 1 .",
    "two pairs": "_:a ap:p _:b . _:b ap:p _:a . _:c ap:p _:d . _:d ap:p _:c .",
    "a ring of six": "_:a ap:p _:b . _:b ap:p _:c . _:c ap:p _:d . _:d ap:p _:e . _:e ap:p _:f . "
    "_:f ap:p _:a .",
    "two rings of three": "_:a ap:p _:b . _:b ap:p _:c . _:c ap:p _:a . _:d ap:p _:e . "
    "_:e ap:p _:f . _:f ap:p _:d .",
    "a chain": "_:a ap:p _:b . _:b ap:p _:c . _:c ap:p _:d . _:d ap:p _:e .",
    "a list": ":m ap:p ( 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 2 ) .",
    "two and two": "_:a ap:p _:x , _:y . _:b ap:p _:x , _:y . :m ap:q _:a , _:b , _:x , _:y .",
}  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_labels_and_order_do_not_matter(name: str) -> None:
    chance, seed = chances()
    quads = quads_of(DOCUMENTS[name])
    first = named(quads)
    for _ in range(20):
        assert named(shuffled(quads, chance)) == first, seed


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_node_has_an_iri_of_its_own(name: str) -> None:
    quads = quads_of(DOCUMENTS[name])
    given = {
        term.value
        for quad in named(quads)
        for term in (quad.subject, quad.object)
        if isinstance(term, NamedNode) and is_given(term.value, BASE, "calq")
    }
    assert len(given) == len(nodes_in(quads))
    assert len(named(quads)) == len(set(quads))


@pytest.mark.parametrize(("one", "other"), list(itertools.combinations(DOCUMENTS, 2)))
def test_nodes_of_different_documents_have_different_iris(one: str, other: str) -> None:
    first, second = ({q.subject for q in named(quads_of(DOCUMENTS[n]))} for n in (one, other))
    assert not {each for each in first & second if is_given(each.value, BASE, "calq")}  # type: ignore[union-attr]


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("more", ["a chain", "nested twice", "a list", "one"])
def test_what_else_a_document_says_changes_no_name(name: str, more: str) -> None:
    if name == more:
        return
    quads, others = quads_of(DOCUMENTS[name]), quads_of(DOCUMENTS[more])
    assert named([*others, *quads]) == named(quads) | named(others)


def test_random_graphs_are_named_alike_and_say_the_same() -> None:
    for seed in range(SEEDS):
        chance = random.Random(seed)  # noqa: S311 (no secret)
        quads = _forest(chance)
        found = named(quads)
        assert len(found) == len(set(quads)), seed
        assert named(shuffled(quads, chance)) == found, seed
        # Of any graph, in any order, the nodes keep apart and what is said of them is the same.
        net = _net(chance)
        found = named(net)
        given = {term for quad in found for term in (quad.subject, quad.object)} - set(THINGS)
        back = renamed(found, {term: BlankNode() for term in given})
        assert canonical(back) == canonical(net), seed


def _forest(chance: random.Random) -> list[Quad]:
    """Trees, some of whose ends are the same node, and rings."""
    nodes = [BlankNode() for _ in range(chance.randint(2, 12))]
    quads = []
    for place, node in enumerate(nodes[1:], 1):
        everything: list[NamedNode | BlankNode] = [*nodes[:place], *THINGS]
        above = chance.choice(everything)
        quads.append(Quad(above, NamedNode(f"{DEF}{chance.choice('pq')}"), node))
    length = chance.randint(1, 5)
    ring = [BlankNode() for _ in range(length)]
    quads += [Quad(ring[n], NamedNode(f"{DEF}p"), ring[(n + 1) % length]) for n in range(length)]
    return quads


def _net(chance: random.Random) -> list[Quad]:
    nodes = [BlankNode() for _ in range(chance.randint(1, 7))]
    things: tuple[NamedNode | BlankNode, ...] = (*nodes, *THINGS)
    return [
        Quad(chance.choice(nodes), NamedNode(f"{DEF}{chance.choice('pq')}"), chance.choice(things))
        for _ in range(chance.randint(1, 14))
    ]


@pytest.mark.parametrize(
    ("turtle", "kind"),
    [
        ("[ a ap:Period ] ap:p 1 .", "period"),
        ("[ a ap:ScheduleEntry ] ap:p 1 .", "schedule-entry"),
        ("[ a ap:Note ] ap:p 1 .", "note"),
        ("[ a <http://example.org/été> , ap:Period ] ap:p 1 .", "period"),
        ("[ a <http://example.org/12> ] ap:p 1 .", "node"),
        ("[ ap:p 1 ] .", "node"),
        ("[] ap:p [] .", "node"),
    ],
)
def test_the_class_gives_the_kind(turtle: str, kind: str) -> None:
    for quad in named(quads_of(turtle)):
        assert quad.subject.value.startswith(f"{BASE}id/{kind}/calq-")  # type: ignore[union-attr]


def test_what_is_said_twice_is_said_once() -> None:
    quads = quads_of(DOCUMENTS["nested"])
    assert named([*quads, *quads]) == named(quads)


def test_a_document_without_blank_nodes_stays_as_it_is() -> None:
    quads = quads_of(":m ap:p 1 , :n .")
    assert with_iris(quads, BASE, "calq") == tuple(quads)


def test_another_organisation_gives_other_iris() -> None:
    quads = quads_of(DOCUMENTS["one"])
    assert not named(quads) & set(with_iris(quads, BASE, "mcc"))
    [subject] = {q.subject for q in with_iris(quads_of("[ a ap:Period ] ap:p 1 ."), BASE, "mcc")}
    assert isinstance(subject, NamedNode)
    assert subject.value.startswith(f"{BASE}id/period/mcc-")
    assert is_given(subject.value, BASE, "mcc")
    assert not is_given(subject.value, BASE, "m")
    assert not is_given(subject.value, BASE, "calq")


@pytest.mark.parametrize(
    ("iri", "given"),
    [
        (f"{BASE}id/period/calq-0123456789abcdef", True),
        (f"{BASE}id/period/calq-0123456789abcde", False),
        (f"{BASE}id/period/calq-0123456789ABCDEF", False),
        (f"{BASE}id/period/0123456789abcdef", False),
        (f"{BASE}id/period/calq-mtl-0123456789abcdef", False),
        (f"{BASE}graph/calq-0123456789abcdef", False),
        ("https://example.org/id/period/calq-0123456789abcdef", False),
    ],
)
def test_an_iri_that_was_given_is_told_from_others(iri: str, given: bool) -> None:
    assert is_given(iri, BASE, "calq") is given


def _periods(count: int) -> str:
    return "".join(f":m{n} ap:period [ a ap:Period ; ap:startYear {n} ] .\n" for n in range(count))


def _twins(count: int) -> str:
    return f":m ap:period {' , '.join(['[ a ap:Period ]'] * count)} ."


def _nested(count: int) -> str:
    return f"[] ap:result {' , '.join(['[ ap:hasCount [ ap:count 4 ] ]'] * (count // 2))} ."


def _list(count: int) -> str:
    return f":m ap:p ( {'1 ' * count} ) ."


def _ring(count: int) -> str:
    return "".join(f"_:n{n} ap:p _:n{(n + 1) % count} .\n" for n in range(count))


@pytest.mark.parametrize("shape", [_periods, _twins, _nested, _list, _ring])
def test_ten_times_as_many_nodes_are_about_ten_times_the_work(shape: Callable[[int], str]) -> None:
    few, many = quads_of(shape(1_000)), quads_of(shape(10_000))
    assert len(nodes_in(many)) >= 10_000
    assert _calls(many) < MOST_TIMES_MORE * _calls(few)


def _calls(quads: Sequence[Quad]) -> int:
    """How often a function is called or left, of Python and of C."""
    found = 0

    def count(*_: object) -> None:
        nonlocal found
        found += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        with_iris(quads, BASE, "calq")
    finally:
        sys.setprofile(before)
    return found
