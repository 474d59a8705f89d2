"""A rule for one ontology: no axiom is left in it, only what is asked of the data."""

from __future__ import annotations

from dataclasses import dataclass

from jalon.reasoning.rules.terms import TYPE

ANY = -1

Key = tuple[int, int]
"""A predicate, and for rdf:type the class; ANY for a relation."""


@dataclass(frozen=True, slots=True)
class Atom:
    """A triple; a subject or value below 0 is a variable. Of predicates see ``facts.Facts``."""

    predicate: int
    subject: int
    value: int

    @property
    def ends(self) -> tuple[int, int]:
        """Subject and value."""
        return self.subject, self.value

    @property
    def variables(self) -> tuple[int, ...]:
        """The variables, each once; the same as the ends where these are two."""
        return tuple(dict.fromkeys(term for term in self.ends if term < 0))

    @property
    def is_membership(self) -> bool:
        """Whether this is about the members of one class."""
        return self.predicate == TYPE and self.value >= 0

    @property
    def key(self) -> Key:
        """What this asks, whatever its ends."""
        return (TYPE, self.value) if self.is_membership else (self.predicate, ANY)


@dataclass(frozen=True, slots=True)
class One:
    """All that is ``thing`` for the same ``key`` is the same thing."""

    thing: int
    key: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Clash:
    """What cannot be: about these things, by way of the others."""

    about: tuple[int, ...]
    by: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """If all of ``body``, then ``head``; ``name`` is that of the W3C.

    It is compared by what it is, not by what it says: the compiler makes each but once.
    """

    name: str
    body: tuple[Atom, ...]
    head: Atom | One | Clash

    @property
    def outcome(self) -> tuple[int, ...]:
        """The terms of the head, in order."""
        if isinstance(self.head, Atom):
            return self.head.ends
        if isinstance(self.head, One):
            return (self.head.thing, *self.head.key)
        return (*self.head.about, *self.head.by)

    @property
    def constants(self) -> frozenset[int]:
        """The terms that are named in it."""
        atoms = (*self.body, self.head) if isinstance(self.head, Atom) else self.body
        predicates = {max(atom.predicate, ~atom.predicate) for atom in atoms}
        ends = {term for atom in self.body for term in atom.ends if term >= 0}
        return frozenset(predicates | ends | {term for term in self.outcome if term >= 0})
