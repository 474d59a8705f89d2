"""Rules about what many things of one whole share: looked at for the value that changes alone."""

from __future__ import annotations

import pytest
from pyoxigraph import Literal, NamedNode, Quad
from rdflib import SKOS

from differential.running import pack_shapes, zoo_shapes
from jalon.store.shown import Term
from jalon.terms import AP
from jalon.validation.engines.choice import engine
from jalon.validation.incremental.aiming import aimed
from jalon.validation.incremental.analysis import TYPE, analysed
from jalon.validation.incremental.checking import Checker, Effect
from jalon.validation.port import EngineName
from soundness.worlds import World

BASE = "https://example.org/plan/"
GRAPH = NamedNode(f"{BASE}graph/source/notice")
PLAN = NamedNode(f"{BASE}id/plan/one")
RULE = "https://w3id.org/jalon/shapes#Plan-notation-unique"
OF_PLAN, NOTATION = NamedNode(str(AP.ofPlan)), NamedNode(str(SKOS.notation))
MEASURES, PLANS = 100, 30


def test_it_is_known_of_which_rules_one_value_can_be_looked_at_alone() -> None:
    assert set(analysed(pack_shapes()).rows) == {RULE}
    of_zoo = {name for shapes in zoo_shapes().values() for name in analysed(shapes).rows}
    assert of_zoo == {f"http://example.org/Shared-{name}" for name in ("path", "twice", "once")}


@pytest.mark.parametrize("name", ["shacl", "pyshacl"])
def test_a_new_number_is_compared_with_its_like_and_with_no_other(name: EngineName) -> None:
    effect = _effect(name, _measure("new", "7"))
    [clash] = (each for each in effect.new if each.shape == RULE)
    assert (clash.focus, clash.value) == (PLAN, Literal("7"))
    assert effect.triples < MEASURES
    assert not any(each.shape == RULE for each in effect.standing)


def test_what_stood_twice_before_is_told_where_the_plan_is_asked_about() -> None:
    effect = _effect("shacl", _measure("new", "7"), frozenset((PLAN,)))
    assert {each.value for each in effect.standing if each.shape == RULE} == {Literal("twice")}
    assert {each.value for each in effect.new if each.shape == RULE} == {Literal("7")}


def test_a_number_that_very_many_plans_have_is_looked_for_in_its_own() -> None:
    effect = _effect("shacl", _measure("new", "common"))
    assert {each.value for each in effect.new if each.shape == RULE} == {Literal("common")}
    assert effect.triples > MEASURES


def test_a_number_that_is_no_text_is_compared_with_all() -> None:
    one = Literal("01", datatype=NamedNode("http://www.w3.org/2001/XMLSchema#integer"))
    effect = _effect("shacl", _measure("new", one))
    assert effect.triples > MEASURES


def _effect(name: EngineName, adds: list[Quad], things: frozenset[Term] = frozenset()) -> Effect:
    world = World("rows", BASE, pack_shapes())
    quads = [Quad(PLAN, TYPE, NamedNode(str(AP.Plan)), GRAPH)]
    for number in range(MEASURES):
        quads += _measure(f"{number}", f"{number}")
    quads += [*_measure("a", "twice"), *_measure("b", "twice"), *_measure("c", "common")]
    for number in range(10 * PLANS):
        plan = NamedNode(f"{BASE}id/plan/{number % PLANS}")
        quads += _measure(f"of-other-{number}", "common", plan)
    world.load(quads)
    reads = analysed(world.shapes)
    find = engine(name).ready(aimed(world.shapes, reads.starts))
    return Checker(world.store, BASE, reads, find).check(adds, (), things)


def _measure(name: str, number: str | Literal, plan: NamedNode = PLAN) -> list[Quad]:
    thing = NamedNode(f"{BASE}id/measure/{name}")
    notation = number if isinstance(number, Literal) else Literal(number)
    return [Quad(thing, OF_PLAN, plan, GRAPH), Quad(thing, NOTATION, notation, GRAPH)]
