"""A graph with all that follows from it: axioms compiled, rules worked out, equals made one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from jalon.reasoning.rules.compiling import Compiler
from jalon.reasoning.rules.equality import Equality
from jalon.reasoning.rules.evaluation import Evaluation
from jalon.reasoning.rules.facts import MASK, SHIFT, Facts
from jalon.reasoning.rules.lists import Lists
from jalon.reasoning.rules.literals import Literals, known_datatypes
from jalon.reasoning.rules.pruning import worth_asking
from jalon.reasoning.rules.rule import ANY, Atom, Clash, Rule
from jalon.reasoning.rules.table import Template, read_table
from jalon.reasoning.rules.terms import BLANK, TYPE, Terms
from jalon.reasoning.rules.uniqueness import Found, Uniqueness
from jalon.reasoning.usefulness import KINDS_OF_THINGS

_UNSHOWN = frozenset(f"<{kind}>".encode() for kind in KINDS_OF_THINGS)


class Saturation:
    """All that is known of a graph once nothing more follows from it.

    ``lines`` are N-Triples as in ``Terms.triples``. Raises as that does, and TooMany when more than
    ``room`` facts are found.
    """

    def __init__(self, lines: Iterable[bytes], room: int) -> None:
        terms = Terms()
        table = read_table(terms)
        self.same_as, datatype = (terms.named(name) for name in ("owl:sameAs", "rdfs:Datatype"))
        ends = tuple(terms.named(name) for name in ("rdf:first", "rdf:rest", "rdf:nil"))
        self._datatypes = {terms.number(term) for term in known_datatypes()}
        self.facts = Facts()
        self.read = self.facts.load(terms.triples(lines))
        """How many triples are given."""
        self.terms: Sequence[bytes] = terms.texts()
        """Every term at the place of its number."""
        self.literals = Literals(self.terms)
        self.equality = Equality()
        self._uniqueness = Uniqueness(self.literals)
        self._evaluation = Evaluation(self.facts, self._uniqueness, room)
        self._evaluation.take((TYPE, datatype), self._datatypes)
        self._granted: set[int] = set()
        lists = Lists(self.facts, self.equality, ends)
        self._compiler = Compiler(self.facts, self.equality, self.literals, lists)
        self._rules = self._saturated(table)

    @property
    def found(self) -> int:
        """How many facts follow, counting what is the same as one thing."""
        return self._evaluation.found

    def names(self, term: int) -> tuple[int, ...]:
        """All that is the same as a term, itself included."""
        return self.equality.members(self.equality.of(term))

    def word(self, term: int) -> str:
        """How a term stands in a sentence: an IRI without its brackets, else as it is given."""
        text = self.terms[term].decode()
        return text[1:-1] if text.startswith("<") else text

    def clashes(self) -> Iterator[Found]:
        """What cannot be, but for the values of literals; things as what stands for them."""
        yield from self._uniqueness.clashes
        yield from self._evaluation.clashes(self._rules)

    def having(self, kind: int) -> Iterator[tuple[int, int]]:
        """The things and values for which a rule makes the value a member of a class.

        That is prp-rng or cls-avf: because it is a value of that thing.
        """
        because = [
            Rule(rule.name, rule.body, Clash(atom.ends, ()))
            for rule in self._rules
            if isinstance(rule.head, Atom) and rule.head.key == (TYPE, kind)
            for atom in rule.body
            if atom.variables == atom.ends and atom.value == rule.head.subject
        ]
        for _, (thing, value), _ in self._evaluation.clashes(because):
            yield thing, value

    def _saturated(self, table: Sequence[Template]) -> Sequence[Rule]:
        """Lets axioms give rules, and rules find axioms, until there is nothing new; the rules."""
        self._settle()
        while True:
            rules = self._compiler.rules(table)
            asked = worth_asking(rules, self._is_unshown)
            changed = self._evaluation.learn(asked) | self._settle()
            if not self._grant(asked) and not changed:
                return rules

    def _settle(self) -> bool:
        """Works out the rules and makes equals one, until neither does anything; if any is one."""
        moved = False
        self._evaluation.run()
        while self._unite():
            moved = True
            self._evaluation.run()
        return moved

    def _unite(self) -> bool:
        """Makes one of what has to be the same; whether there was anything."""
        same_as = self.equality.of(self.same_as)
        for pair in self.facts.relation(same_as):
            if pair >> SHIFT != pair & MASK:
                self._uniqueness.say(pair >> SHIFT, pair & MASK)
        moved = self.equality.merge(self._uniqueness.same())
        if moved:
            self._compiler.forget()
            self._evaluation.rewrite(self.equality, moved)
            key = (self.equality.of(self.same_as), ANY)
            self._evaluation.take(key, {each << SHIFT | each for each in moved.values()})
        return bool(moved)

    def _grant(self, rules: Iterable[Rule]) -> bool:
        """Gives what is known without an axiom, where a rule asks; whether there was anything.

        That is dt-type2 for each datatype that is asked about, and eq-ref.
        """
        asked = {atom.key for rule in rules for atom in rule.body}
        same_as = self.equality.of(self.same_as)
        granted: set[int] = set()
        for datatype in self._datatypes - self._granted:
            key = (TYPE, self.equality.of(datatype))
            if key in asked or (TYPE, ANY) in asked:
                granted.add(datatype)
                self._evaluation.take(key, self.literals.within(datatype))
        if (same_as, ANY) in asked and self.same_as not in self._granted:
            granted.add(self.same_as)
            self._evaluation.take((same_as, ANY), {each << SHIFT | each for each in self._used()})
        self._granted |= granted
        return bool(granted)

    def _used(self) -> set[int]:
        """Every term that is used in a triple."""
        used = {TYPE}
        for (predicate, kind), stock in self.facts.stocks():
            if kind == ANY:
                used |= {pair >> SHIFT for pair in stock} | {pair & MASK for pair in stock}
                used |= {predicate} if stock else set()
            else:
                used.update(stock, {kind} if stock else ())
        return used

    def _is_unshown(self, kind: int) -> bool:
        """Whether that something is of a class is never useful, by whatever name of it."""
        names = [self.terms[each] for each in self.equality.members(kind)]
        return not self.equality.is_shared(TYPE) and all(
            name.startswith(BLANK) or name in _UNSHOWN for name in names
        )
