"""What the engine of compiled rules does where a case of a single rule does not show it."""

from __future__ import annotations

import pytest

from jalon.reasoning.rules.closure import conclude
from jalon.reasoning.rules.compiling import LONGEST
from jalon.reasoning.rules.shapes import TooMany
from unit.reasoning.rules.concluding import ROOM, concluded, follows


def test_a_path_of_many_steps_gives_each_of_its_pairs() -> None:
    steps = "".join(f":n{n} :partOf :n{n + 1} . " for n in range(200))
    inverse = ":partOf a owl:TransitiveProperty ; owl:inverseOf :hasPart . "
    assert len(follows(inverse + steps)) == 2 * 201 * 200 // 2 - 200


def test_a_ring_leads_everywhere() -> None:
    ring = "".join(f":n{n} :next :n{(n + 1) % 20} . " for n in range(20))
    assert len(follows(f":next a owl:TransitiveProperty . {ring}")) == 20 * 20 - 20


def test_a_transitive_property_goes_on_by_what_comes_in_other_ways() -> None:
    """By a subproperty, an inverse, a chain and a restriction: none of them is a path itself."""
    axioms = """
        :within a owl:TransitiveProperty .
        :floorOf rdfs:subPropertyOf :within . :contains owl:inverseOf :within .
        :within owl:propertyChainAxiom ( :at :in ) .
        :Montrealer rdfs:subClassOf [ owl:onProperty :within ; owl:hasValue :montreal ] .
    """
    facts = """
        :a :floorOf :b . :c :contains :b . :c :at :x . :x :in :d .
        :e a :Montrealer . :d :within :e .
    """
    found = follows(axioms + facts)
    assert [line for line in found if line.startswith("a within")] == [
        f"a within {each}" for each in ("b", "c", "d", "e", "montreal")
    ]


def test_no_literal_becomes_a_subject() -> None:
    axioms = """
        :near a owl:SymmetricProperty , owl:TransitiveProperty ; rdfs:range :Place .
        :far owl:inverseOf :near . :name a owl:FunctionalProperty .
    """
    facts = ':a :near "here" , :b ; :name "a" , "b" . :b owl:sameAs "b" .'
    found = concluded(axioms + facts)
    assert b'\n"' not in b"\n" + found.ntriples
    assert b'sameAs> "' not in found.ntriples


def test_no_term_is_written_another_way() -> None:
    value = '"1.50"^^xsd:decimal , "\\u00e9 \\"l\\"\\n"@fr-ca , "07"^^xsd:integer'
    found = concluded(f":says rdfs:subPropertyOf :tells . :a :says {value} .")
    assert found.ntriples.decode() == "".join(
        f"<http://example.org/a> <http://example.org/tells> {literal} .\n"
        for literal in (
            '"07"^^<http://www.w3.org/2001/XMLSchema#integer>',
            '"1.50"^^<http://www.w3.org/2001/XMLSchema#decimal>',
            '"é \\"l\\"\\n"@fr-ca',
        )
    )


def test_blank_nodes_pass_on_what_is_told_but_are_not_told_of() -> None:
    axioms = """
        :grandparent owl:propertyChainAxiom ( [ owl:inverseOf :child ] [ owl:inverseOf :child ] ) .
        :Parent owl:equivalentClass [ owl:onProperty :child ; owl:someValuesFrom owl:Thing ] .
    """
    found = follows(axioms + ":a :child [ :child :b ] .")
    assert found == ["a type Parent", "b grandparent a"]


def test_names_of_one_thing_all_have_what_is_told_of_it() -> None:
    facts = ":a owl:sameAs :b . :c owl:sameAs :b . :a :knows :d . :e :knows :c ."
    found = follows(facts)
    told = {f"{one} knows d" for one in "abc"} | {f"e knows {one}" for one in "abc"}
    same = {f"{one} sameAs {other}" for one in "abc" for other in "abc" if one != other}
    given = {"a sameAs b", "c sameAs b", "a knows d", "e knows c"}
    assert set(found) == (told | same) - given


def test_what_is_the_same_by_a_rule_may_make_more_the_same() -> None:
    """Each step is found only when the one before it has been made one."""
    axioms = ":next a owl:FunctionalProperty . :Last owl:oneOf ( :b9 ) ."
    steps = "".join(f":a{n} :next :a{n + 1} . :b{n} :next :b{n + 1} . " for n in range(9))
    found = follows(f"{axioms} {steps} :a0 owl:sameAs :b0 .")
    assert "a9 sameAs b9" in found
    assert "a9 type Last" in found
    assert "a0 next b1" in found


def test_a_class_or_property_by_two_names_is_one() -> None:
    found = follows(
        """
        :Dog owl:sameAs :Hound . :Hound rdfs:subClassOf :Animal .
        :owns owl:sameAs :has . :has rdfs:domain :Owner .
        :a a :Dog . :b :owns :a .
        """
    )
    assert found == ["a type Animal", "a type Hound", "b has a", "b type Owner"]


def test_words_of_owl_by_two_names_are_one() -> None:
    found = follows(
        """
        :kind owl:sameAs rdf:type . :under rdfs:subPropertyOf rdfs:subClassOf .
        owl:sameAs owl:sameAs :equals .
        :Dog :under :Animal . :a :kind :Dog . :a :equals :b .
        """
    )
    assert {"a type Animal", "a kind Animal", "b type Dog", "b sameAs a", "b equals b"} <= {*found}


def test_an_axiom_that_follows_is_worked_out_too() -> None:
    found = follows(
        """
        :Directed rdfs:subClassOf owl:TransitiveProperty . :before rdfs:range :Moment .
        :sooner a :Directed . :sooner rdfs:subPropertyOf :before .
        :a :sooner :b . :b :sooner :c .
        """
    )
    assert found == [
        *("a before b", "a before c", "a sooner c", "b before c"),
        *("b type Moment", "c type Moment"),
    ]


def test_an_axiom_that_follows_from_the_datatype_of_a_value_is_worked_out_too() -> None:
    """What values are of which datatype is given once a rule asks: it may lead to new rules."""
    found = follows(
        """
        [ owl:onProperty :rank ; owl:someValuesFrom xsd:integer ] rdfs:subClassOf :Ranked .
        :Ranked rdfs:subClassOf owl:TransitiveProperty .
        :above :rank 5 . :a :above :b . :b :above :c .
        """
    )
    assert "a above c" in found


def test_a_datatype_by_two_names_is_one() -> None:
    found = follows(
        """
        :whole owl:sameAs xsd:integer .
        [ owl:onProperty :rank ; owl:someValuesFrom :whole ] rdfs:subClassOf :Ranked .
        :a :rank 5 .
        """
    )
    assert "a type Ranked" in found


def test_a_rule_that_asks_for_any_type_meets_the_datatypes_of_values() -> None:
    found = follows(":kindOfRank owl:propertyChainAxiom ( :rank rdf:type ) . :a :rank 5 .")
    assert "a kindOfRank integer" in found


def test_a_type_that_is_told_by_a_property_is_one() -> None:
    found = follows(
        """
        :kind rdfs:subPropertyOf rdf:type . :hasMember owl:inverseOf rdf:type .
        :Dog rdfs:subClassOf :Animal .
        :a :kind :Dog .
        """
    )
    assert found == ["a type Animal", "a type Dog"]


@pytest.mark.parametrize(
    "cells",
    [
        "",
        "_:one rdf:first :Cat . ",
        "_:one rdf:first :Cat ; rdf:rest _:two . ",
        "_:one rdf:first :Cat ; rdf:rest _:one . ",
        "_:one rdf:first :Cat ; rdf:rest _:two . _:two rdf:first :Dog ; rdf:rest _:one . ",
        "_:one rdf:first :Cat , :Dog ; rdf:rest rdf:nil . ",
        "_:one rdf:first :Cat ; rdf:rest rdf:nil , _:two . _:two rdf:first :Dog ; rdf:rest () . ",
    ],
    ids=["no cell", "no rest", "no end", "itself", "a ring", "two firsts", "two rests"],
)
def test_what_is_no_list_meets_no_rule(cells: str) -> None:
    axioms = """
        :Pet owl:unionOf _:one ; owl:intersectionOf _:one ; owl:hasKey _:one .
        :likes owl:propertyChainAxiom _:one .
    """
    found = concluded(axioms + cells + ":a a :Cat , :Pet . :b a :Dog .")
    assert (found.ntriples, found.contradictions) == (b"", ())


def test_what_follows_is_told_only_of_things() -> None:
    """Nothing of terms, no type of OWL's own, nothing that is given."""
    found = follows(
        """
        :Dog a owl:Class ; rdfs:subClassOf :Animal ; :label "dog" .
        :label rdfs:subPropertyOf :name .
        :a a :Dog , :Animal ; :label "a" ; :name "a" .
        """
    )
    assert found == []


@pytest.mark.parametrize(
    "turtle",
    [
        ":p a owl:TransitiveProperty . " + "".join(f":a{n} :p :a{n + 1} . " for n in range(500)),
        "".join(f":a owl:sameAs :a{n} . " for n in range(400)),
        "".join(f":a{n} :p :a{n + 1} . " for n in range(400))
        + ":p rdfs:subPropertyOf owl:sameAs ; rdfs:range :C .",
        ":p rdfs:domain :C . :q owl:propertyChainAxiom ( :p :r ) . "
        + "".join(f":a{n} :p :hub . :hub :r :b{n} . " for n in range(400)),
        ":p a owl:InverseFunctionalProperty . " + "".join(f":a{n} :p 1 . " for n in range(400)),
        f":p owl:propertyChainAxiom ({' :p' * (LONGEST + 1)} ) .",
        "[] a owl:AllDisjointClasses ; owl:members ("
        + "".join(f" :C{n}" for n in range(700))
        + " ) .",
    ],
    ids=[
        *("a long path", "one thing of many names", "names by names", "a hub"),
        *("one value of many things", "a long chain", "many classes apart"),
    ],
)
def test_a_graph_from_which_too_much_follows_is_given_up(turtle: str) -> None:
    with pytest.raises(TooMany):
        concluded(turtle, ROOM)


@pytest.mark.parametrize(
    "line",
    [
        b"<a> <b> <<( <c> <d> <e> )>> .\n",
        b"<a> <b> .\n",
        b"<a> <b> <c>.\n",
        b"<a> <b> <c> . # comment\n",
        b"\n",
    ],
)
def test_what_is_no_line_of_a_triple_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"triple|unpack"):
        conclude([line], ROOM)


def test_contradictions_say_the_rule_and_name_the_things_by_all_their_names() -> None:
    found = concluded(
        """
        :near a owl:IrreflexiveProperty . :a :near :b . :a owl:sameAs :b .
        """
    ).contradictions
    message = "http://example.org/a has itself as a value of http://example.org/near, "
    message += "which may not be (prp-irp)"
    assert [(each.thing, each.message) for each in found] == [
        (f"http://example.org/{name}", message) for name in "ab"
    ]


def test_a_contradiction_about_a_blank_node_names_nothing() -> None:
    facts = "[] :near _:x ; :size 5 . _:x :near _:x . :a :size 5 ."
    found = concluded(f":near a owl:IrreflexiveProperty . {facts}").contradictions
    assert [each.thing for each in found] == [""]
