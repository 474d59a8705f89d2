"""What an organisation's graph comes to, held against what readers are shown then."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, parse
from rdflib import RDF

from jalon.errors import Forbidden, RdfRefused
from jalon.store.shown import ABOUT, ABOUT_PROPERTY, SUPERSEDES, Term, shown
from jalon.validation.submitted.giving_way import NOTES, Slot, is_worked_out
from jalon.validation.submitted.restating import Mode, Restated, Restating

BASE = "https://w3id.org/jalon/"
SEEDS = 300
TYPE = NamedNode(str(RDF.type))
MINE = NamedNode(f"{BASE}graph/submitted/calq")
OTHERS = tuple(
    NamedNode(f"{BASE}graph/{name}") for name in ("source/d", "editorial", "submitted/sodec")
)
HIDDEN = NamedNode(f"{BASE}graph/entailed")
GIVEN = tuple(NamedNode(f"{BASE}id/period/calq-{n:016x}") for n in range(3))
THINGS = (NamedNode(f"{BASE}id/measure/m"), NamedNode(f"{BASE}id/measure/n"), *GIVEN)
PROPERTIES = (NamedNode(f"{BASE}def#p"), NamedNode(f"{BASE}def#q"), TYPE)
VALUES: tuple[Term, ...] = (
    Literal("a"),
    Literal("b", language="fr"),
    Literal(7),
    NamedNode(f"{BASE}id/x/y"),
    *GIVEN,
)
MODES: tuple[Mode, ...] = ("replace", "add", "change", "rows")
NOTE_PROPERTIES = (ABOUT, ABOUT_PROPERTY, SUPERSEDES)

Shown = Mapping[Slot, frozenset[Term]]


def shown_in(quads: Iterable[Quad]) -> Shown:
    """What readers are shown in each place, notes left out."""
    found: dict[Slot, set[Term]] = defaultdict(set)
    for triple in shown(quads, BASE):
        if not getattr(triple.subject, "value", "").startswith(f"{BASE}{NOTES}"):
            found[triple.subject, triple.predicate].add(triple.object)  # type: ignore[index]
    return {slot: frozenset(values) for slot, values in found.items()}


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for."""

    mode: Mode
    adds: tuple[Quad, ...] = ()
    removes: tuple[Quad, ...] = ()
    scope: tuple[Slot, ...] = ()


@dataclass(slots=True)
class World:
    """A graph to try, and what is asked of it by chance."""

    chance: random.Random
    quads: set[Quad] = field(default_factory=set)

    def fill(self) -> None:
        for graph in (*OTHERS, MINE, HIDDEN):
            for _ in range(self.chance.randrange(12)):
                self.quads.add(self.quad(graph))
        for number in range(self.chance.randrange(6)):
            self.quads.update(self.note(number))

    def quad(self, graph: NamedNode) -> Quad:
        pick = self.chance.choice
        return Quad(pick(THINGS), pick(PROPERTIES), self.chance.choice(VALUES), graph)

    def note(self, number: int) -> Iterator[Quad]:
        """A note as anybody may have written it: of several places, of several graphs."""
        graph = self.chance.choice((*OTHERS, MINE, MINE, HIDDEN))
        note = NamedNode(f"{BASE}{NOTES}n{number}")
        kinds = ((ABOUT, THINGS), (ABOUT_PROPERTY, PROPERTIES), (SUPERSEDES, (*OTHERS, MINE)))
        for name, among in kinds:
            for value in self.chance.sample(among, self.chance.choice((0, 1, 1, 1, 2))):
                yield Quad(note, name, value, graph)

    def wish(self) -> Wish:
        mode = self.chance.choice(MODES)
        adds = {self.quad(MINE) for _ in range(self.chance.randrange(1, 7))}
        # Some of it is said already.
        mine = [q for q in self.quads if q.graph_name == MINE and q.subject in THINGS]
        adds |= {quad for quad in sorted(mine, key=str) if self.chance.random() < 0.3}
        removes: tuple[Quad, ...] = ()
        scope: tuple[Slot, ...] = ()
        if mode == "change":
            places = shown_in(self.quads)
            there = [Quad(*slot, value, MINE) for slot in places for value in places[slot]]
            there.sort(key=str)
            removes = tuple(self.chance.sample(there, min(len(there), self.chance.randrange(4))))
            adds = adds if self.chance.random() < 0.7 else set()
        if mode == "rows":
            scope = tuple(
                (self.chance.choice(THINGS), self.chance.choice(PROPERTIES)) for _ in range(4)
            )
        return Wish(mode, tuple(sorted(adds, key=str)), removes, scope)


def restated(quads: Iterable[Quad], wish: Wish) -> Restated:
    store = Store()
    store.extend(quads)
    return Restating(store, BASE, MINE).restated(wish.mode, wish.adds, wish.removes, wish.scope)


def after(quads: set[Quad], done: Restated) -> set[Quad]:
    assert not quads.intersection(done.adds), "added, and there already"
    assert quads.issuperset(done.removes), "removed, and not there"
    return (quads - set(done.removes)) | set(done.adds)


def by_slot(quads: Iterable[Quad]) -> dict[Slot, frozenset[Term]]:
    found: dict[Slot, frozenset[Term]] = defaultdict(frozenset)
    for quad in quads:
        found[quad.subject, quad.predicate] |= {quad.object}  # type: ignore[index]
    return dict(found)


def silent(quads: Iterable[Quad], slots: Iterable[Slot]) -> Shown:
    """What is shown in places as if the organisation had no say in them."""
    notes = {q.subject for q in quads if q.predicate == SUPERSEDES and q.graph_name == MINE}
    without = {q for q in quads if q.graph_name != MINE or q.subject not in notes}
    without = {q for q in without if q.graph_name != MINE}
    found = shown_in(without)
    return {slot: found.get(slot, frozenset()) for slot in slots}


def expected(quads: set[Quad], wish: Wish) -> dict[Slot, frozenset[Term]]:
    """What is to be shown in the places that a wish speaks for, by its words alone."""
    now, said = shown_in(quads), by_slot(wish.adds)
    if wish.mode in ("add", "change"):
        gone = by_slot(wish.removes)
        return {
            slot: (now.get(slot, frozenset()) - gone.get(slot, frozenset()))
            | said.get(slot, frozenset())
            for slot in {*said, *gone}
        }
    spoken = {*said, *wish.scope}
    if wish.mode == "replace":
        spoken |= _said_before(quads, {thing for thing, _ in said})
    without = silent(quads, spoken)
    found = {}
    for slot in spoken:
        found[slot] = said.get(slot, frozenset())
        if slot[1] == TYPE or (wish.mode == "replace" and slot not in said):
            found[slot] |= without[slot]
    return found


def _said_before(quads: set[Quad], things: set[NamedNode]) -> set[Slot]:
    mine = {quad for quad in quads if quad.graph_name == MINE}
    found = {(q.subject, q.predicate) for q in mine if q.subject in things}
    for note in {q.subject for q in mine if q.predicate == SUPERSEDES}:
        said = by_slot(quad for quad in mine if quad.subject == note)
        for thing in said.get((note, ABOUT), frozenset()):  # type: ignore[arg-type]
            for name in said.get((note, ABOUT_PROPERTY), frozenset()):  # type: ignore[arg-type]
                if thing in things:
                    found.add((thing, name))  # type: ignore[arg-type]
    return found  # type: ignore[return-value]


def _led_to(quads: Iterable[Quad], described: set[NamedNode]) -> set[Term]:
    """The nodes without names of their own that something leads to which has to stay."""
    seen = [quad for quad in quads if quad.graph_name != HIDDEN]
    found: set[Term] = {
        q.object for q in seen if q.object in GIVEN
        and (q.graph_name != MINE or q.subject not in GIVEN or q.subject in described)
    }  # fmt: skip
    for _ in GIVEN:
        found |= {q.object for q in seen if q.object in GIVEN and q.subject in found}
    return found


def _check_notes(quads: set[Quad], then: set[Quad], done: Restated) -> None:
    """Notes that let nothing give way stay as they are, and no such are made."""
    letting = {q.subject for q in quads if q.predicate == SUPERSEDES and q.graph_name == MINE}
    notes = f"{BASE}{NOTES}"
    assert letting.issuperset(q.subject for q in done.removes if notes in str(q.subject))
    letting = {q.subject for q in then if q.predicate == SUPERSEDES and q.graph_name == MINE}
    assert letting.issuperset(q.subject for q in done.adds if notes in str(q.subject))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_what_is_wished_is_shown_and_nothing_else_changes(seed: int) -> None:
    world = World(random.Random(seed))  # noqa: S311 (no secret)
    world.fill()
    quads = set(world.quads)
    for _ in range(4):
        wish = world.wish()
        wanted = expected(quads, wish)
        try:
            done = restated(quads, wish)
        except Forbidden:
            assert _is_in_the_way(quads, wanted), (seed, wish)
            continue
        then = after(quads, done)
        _check(quads, wish, wanted, then, done)
        again = restated(then, _again(wish))
        assert not again.adds, seed
        assert not again.removes, seed
        assert not again.shifts, seed
        back = (then - set(done.adds)) | set(done.removes)
        assert back == quads, seed
        then |= set(world.note(world.chance.randrange(3)))
        world.quads = quads = then


def _again(wish: Wish) -> Wish:
    """The same once more, less what is taken away already."""
    return Wish(wish.mode, wish.adds, (), wish.scope)


def _check(quads: set[Quad], wish: Wish, wanted: Shown, then: set[Quad], done: Restated) -> None:
    assert {quad.graph_name for quad in (*done.adds, *done.removes)} <= {MINE}
    before, found = shown_in(quads), shown_in(then)
    for slot, values in wanted.items():
        assert found.get(slot, frozenset()) == values, (slot, wish)
    changed = {
        slot for slot in {*before, *found}
        if before.get(slot, frozenset()) != found.get(slot, frozenset())
    }  # fmt: skip
    described = {thing for thing, _ in wanted}
    led_to = _led_to(then, described)
    for thing, said_of in changed - wanted.keys():
        # Nothing leads any more to what has no name of its own.
        assert wish.mode in ("replace", "rows"), (thing, said_of)
        assert thing in set(GIVEN) - led_to - described, (thing, said_of)
    if wish.mode in ("replace", "rows"):
        left = {quad.object for quad in done.removes} & set(GIVEN) - led_to - described
        assert not [q for q in then if q.subject in left and q.graph_name == MINE]
    _check_notes(quads, then, done)
    told = {(each.thing, each.property): (each.before, each.after) for each in done.shifts}
    seen = {slot: (before.get(slot, frozenset()), found.get(slot, frozenset())) for slot in changed}
    assert told == seen


def _is_in_the_way(quads: set[Quad], wanted: Shown) -> bool:
    """Whether another lets this graph give way in a place where it has to say something."""
    others = {quad for quad in quads if quad.graph_name not in (MINE, HIDDEN)}
    for slot, values in wanted.items():
        mark = Literal("mark")
        marked = shown_in({*others, Quad(*slot, mark, MINE)})
        if mark not in marked.get(slot, frozenset()) and values:
            return True
    return False


def quads_of(text: str) -> set[Quad]:
    """Quads of the pack's own prefixes, as TriG."""
    prefixes = f"PREFIX : <{BASE}id/measure/> PREFIX p: <{BASE}def#> PREFIX g: <{BASE}graph/>"
    prefixes += f" PREFIX note: <{BASE}{NOTES}> PREFIX period: <{BASE}id/period/>"
    return set(parse(f"{prefixes} {text}".encode(), RdfFormat.TRIG))


def mine(text: str) -> tuple[Quad, ...]:
    return tuple(quads_of(f"GRAPH <{MINE.value}> {{ {text} }}"))


NOTE = """note:hand p:about :m , :n ; p:aboutProperty p:p ;
    p:supersedes <https://w3id.org/jalon/graph/editorial> ."""


def test_a_note_that_says_just_what_it_has_to_stays_as_it_is() -> None:
    quads = quads_of('GRAPH g:editorial { :m p:p "a" . :n p:p "a" }')
    quads |= {*mine(NOTE), *mine(':m p:p "b" . :n p:p "b"')}
    done = restated(quads, Wish("replace", mine(':m p:p "b"')))
    assert (done.adds, done.removes, done.shifts) == ((), (), ())


def test_a_note_of_two_places_is_cut_up_where_one_of_them_changes() -> None:
    quads = quads_of('GRAPH g:editorial { :m p:p "a" . :n p:p "a" }')
    quads |= {*mine(NOTE), *mine(':m p:p "b" . :n p:p "b"')}
    done = restated(quads, Wish("replace", mine(':m p:p "a"')))
    then = after(quads, done)
    assert shown_in(then) == shown_in(
        quads_of(f'GRAPH g:editorial {{ :m p:p "a" }} GRAPH <{MINE.value}> {{ :n p:p "b" }}')
    )
    notes = {quad.subject for quad in then if quad.predicate == SUPERSEDES}
    [note] = notes
    assert is_worked_out(note.value, BASE, "calq")  # type: ignore[union-attr]


def test_what_is_not_shown_is_not_taken_away() -> None:
    quads = quads_of('GRAPH g:editorial { :m p:p "a" }') | {*mine(NOTE), *mine(':m p:p "b"')}
    for gone in (':m p:p "a"', ':m p:p "c"', ':m p:q "b"', ':m p:p "b" , "c"'):
        with pytest.raises(RdfRefused) as raised:
            restated(quads, Wish("change", (), mine(gone)))
        assert raised.value.details["variant"] == "absent"


def test_where_another_lets_it_give_way_nothing_is_said_in_vain() -> None:
    """Who is told so leaves the property out: what others show stays."""
    theirs = ':m p:p "b" . note:s p:about :m ; p:aboutProperty p:p ; p:supersedes'
    graph = f"GRAPH <{BASE}graph/submitted/sodec> {{ {theirs} <{MINE.value}> }}"
    quads = quads_of(graph) | set(mine(':m p:p "a"'))
    assert shown_in(quads) == by_slot(mine(':m p:p "b"'))
    with pytest.raises(Forbidden) as raised:
        restated(quads, Wish("replace", mine(':m p:p "a" ; p:q 1')))
    assert raised.value.details["variant"] == "silenced"
    assert str(raised.value.details["thing"]).endswith("measure/m")
    done = restated(quads, Wish("replace", mine(':m p:p "b" ; p:q 1')))
    assert shown_in(after(quads, done)) == by_slot(mine(':m p:p "b" ; p:q 1'))
    done = restated(quads, Wish("replace", mine(":m p:q 1")))
    assert shown_in(after(quads, done)) == by_slot(mine(':m p:p "b" ; p:q 1'))


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ('"007"^^<http://www.w3.org/2001/XMLSchema#integer>', "7"),
        ('"1.50"^^<http://www.w3.org/2001/XMLSchema#decimal>', "1.5"),
        ('"x"@fr-CA', '"x"@fr-ca'),
    ],
)
def test_a_literal_is_added_as_it_was_written_and_found_as_it_is_kept(
    written: str, kept: str
) -> None:
    done = restated(set(), Wish("replace", mine(f":m p:p {written}")))
    [added] = done.adds
    assert (added,) == mine(f":m p:p {written}")
    [shift] = done.shifts
    assert shift.after == next(iter(by_slot(mine(f":m p:p {kept}")).values()))
    store = Store()
    store.extend(done.adds)
    again = restated(set(store), Wish("replace", mine(f":m p:p {written}")))
    assert (again.adds, again.removes, again.shifts) == ((), (), ())
    gone = restated(set(store), Wish("change", (), mine(f":m p:p {written}")))
    assert set(gone.removes) == set(store)


def test_nodes_go_where_rows_do_not_lead_to_them_any_more() -> None:
    quads = {*mine(f":m p:p {GIVEN[0]} . {GIVEN[0]} p:q {GIVEN[1]} . {GIVEN[1]} p:q 7 .")}
    [slot] = by_slot(mine(":m p:p 1"))
    assert after(quads, restated(quads, Wish("rows", (), (), (slot,)))) == set()


def test_rings_of_nodes_go_with_what_led_to_them() -> None:
    ring = f":m p:p {GIVEN[0]} . {GIVEN[0]} p:q {GIVEN[1]} . {GIVEN[1]} p:q {GIVEN[0]} , 7 ."
    quads = set(mine(ring))
    done = restated(quads, Wish("replace", mine(":m p:q 1")))
    assert after(quads, done) == set(mine(":m p:q 1"))
    described = restated(
        quads, Wish("replace", mine(f":m p:q 1 . {GIVEN[1]} p:q {GIVEN[0]} , 7 ."))
    )
    assert after(quads, described) == {*mine(ring.partition(" . ")[2]), *mine(":m p:q 1")}


def test_many_nodes_that_go_are_about_linear_work() -> None:
    """Each is looked up on its own, and not held against all that comes instead."""
    count = 3_000
    many = (f":m p:p <{BASE}id/period/calq-{n:016x}> . <{BASE}id/period/calq-{n:016x}> p:q {n} ."
            for n in range(count))  # fmt: skip
    done = restated(mine("".join(many)), Wish("replace", mine(":m p:p 1")))
    assert len(done.removes) == 2 * count
