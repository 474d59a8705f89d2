"""What cannot be true together, said of each thing of the data that it is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jalon.reasoning.conclusions import Contradiction
from jalon.reasoning.rules.facts import MASK, SHIFT
from jalon.reasoning.rules.rule import ANY
from jalon.reasoning.rules.saturation import Saturation
from jalon.reasoning.rules.uniqueness import Found
from jalon.reasoning.rules.useful import Useful

MOST = 10_000
"""So many are told, of however many there are."""

SENTENCES = {
    "eq-diff1": "{0} is said to be different from itself, or from what it is the same as",
    "eq-diff2": "{0} is listed twice, or as two that are the same, among what is all different",
    "eq-diff3": "{0} is listed twice, or as two that are the same, among what is all different",
    "prp-fp": "{0} has two values of {3}, which may have one: {1} and {2}",
    "prp-irp": "{0} has itself as a value of {1}, which may not be",
    "prp-asyp": "{0} and {1} have each other as a value of {2}, which goes one way only",
    "prp-pdw": "{0} has {1} as a value of both {2} and {3}, which exclude each other",
    "prp-adp": "{0} has {1} as a value of both {2} and {3}, which exclude each other",
    "prp-npa1": "{0} has {1} as a value of {2}, which is said not to be so",
    "prp-npa2": "{0} has {1} as a value of {2}, which is said not to be so",
    "cls-nothing2": "{0} is of the class that has no members",
    "cls-com": "{0} is of the classes {1} and {2}, one of which is what the other is not",
    "cls-maxc1": "{0} has {1} as a value of {2}, of which it may have none",
    "cls-maxc2": "{0} has two values of {3}, of which it may have one: {1} and {2}",
    "cls-maxqc1": "{0} has {1} as a value of {2}, of which it may have none of the class {3}",
    "cls-maxqc2": "{0} has {1} as a value of {2}, of which it may have none",
    "cls-maxqc3": "{0} has two values of {3}, of which it may have one of a class: {1} and {2}",
    "cls-maxqc4": "{0} has two values of {3}, of which it may have one: {1} and {2}",
    "cax-dw": "{0} is of the classes {1} and {2}, which exclude each other",
    "cax-adc": "{0} is of the classes {1} and {2}, which exclude each other",
    "dt-diff": "{0} is said to be the same as {1}, a value that differs from it",
    "dt-not-type": "{1} is not a value of the datatype {2}",
}
"""What each rule of the W3C says, where it says that something cannot be."""


def contradictions(known: Saturation, useful: Useful) -> tuple[Contradiction, ...]:
    """Each contradiction with each thing of the data that it is about, sorted, up to MOST.

    One about a literal is about the things that have it. One that is about nothing in the data
    stands once, with no thing.
    """
    # There is none for prp-ifp and prp-key: literals that have values, and values of their own.
    clashes = {each for each in _clashes(known) if each[0] in SENTENCES}
    things = {about: _things(about, known, useful) for _, about, _ in clashes}
    having = _having({about[0] for about in things if about[0] in known.literals}, known, useful)
    found = set()
    for name, about, by in clashes:
        message = _sentence(name, (*about, *by), known)
        named = things[about] or having.get(about[0], set())
        found |= {(thing, message) for thing in map(known.word, named)} or {("", message)}
    return tuple(Contradiction(thing, message) for thing, message in sorted(found)[:MOST])


def _clashes(known: Saturation) -> Iterator[Found]:
    yield from known.clashes()
    for literal, datatype in known.literals.malformed():
        yield "dt-not-type", (literal,), (literal, datatype)
    for (_, kind), stock in known.facts.stocks():
        for datatype in known.equality.members(kind) if kind != ANY else ():
            if known.literals.know(datatype):
                wrong = {
                    each
                    for each in stock
                    if each in known.literals and known.literals.has(datatype, each) is False
                }
                yield from _mistyped(wrong, kind, datatype, known) if wrong else ()


def _mistyped(literals: set[int], kind: int, datatype: int, known: Saturation) -> Iterator[Found]:
    """dt-not-type: about the things that have a literal where it would have to be of a datatype.

    That is by the range of a property or by a restriction; else about the literal itself.
    """
    left = set(literals)
    for thing, literal in known.having(kind):
        if literal in literals:
            left.discard(literal)
            yield "dt-not-type", (thing,), (literal, datatype)
    for literal in left:
        yield "dt-not-type", (literal,), (literal, datatype)


def _things(about: Iterable[int], known: Saturation, useful: Useful) -> set[int]:
    names = (name for term in about for name in known.names(term))
    return {name for name in names if useful.is_thing(name)}


def _having(literals: set[int], known: Saturation, useful: Useful) -> dict[int, set[int]]:
    """The things that have these literals."""
    found: dict[int, set[int]] = {}
    for (_, kind), stock in known.facts.stocks():
        for pair in stock if kind == ANY and literals else ():
            if pair & MASK in literals:
                found.setdefault(pair & MASK, set()).update(
                    _things((pair >> SHIFT,), known, useful)
                )
    return found


def _sentence(name: str, terms: Iterable[int], known: Saturation) -> str:
    """What a rule says of terms, each by the first IRI that it has, and the rule."""
    words = (
        min(
            map(known.word, known.names(term)),
            key=lambda word: (word.startswith("_:"), word),
        )
        for term in terms
    )
    return f"{SENTENCES[name].format(*words)} ({name})"
