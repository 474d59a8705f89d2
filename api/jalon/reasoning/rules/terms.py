"""Terms as numbers: a graph is reasoned about in integers, and written in the terms it came in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from jalon.reasoning.usefulness import OWL, RDF, RDFS, XSD

TYPE = 0
"""rdf:type, so that it is the lowest and stands for whatever is the same as it."""

IRI = b"<"
BLANK = b"_:"
QUOTE = b'"'
"""How an IRI, a blank node and a literal begin."""

_PREFIXES = {"rdf": RDF, "rdfs": RDFS, "owl": OWL, "xsd": XSD}
_TRIPLE_TERM = b"<<"


class Terms:
    """Each term of a graph with its number, from 0 without a gap.

    A term is its text in N-Triples, to the letter: ``<…>``, ``_:…`` or ``"…"``.
    """

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self.number(iri("rdf:type"))

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, term: bytes) -> int:
        """The number of a term, a new one where it has none yet."""
        return self._numbers.setdefault(term, len(self._numbers))

    def named(self, name: str) -> int:
        """The number of what is called ``rdfs:label`` and the like."""
        return self.number(iri(name))

    def texts(self) -> list[bytes]:
        """Every term at the place of its number."""
        return list(self._numbers)

    def triples(self, lines: Iterable[bytes]) -> Iterator[tuple[int, int, int]]:
        """The triples of N-Triples, as the engine of the index writes them.

        That is a line each, with single spaces between the terms and before the full stop. Raises
        ValueError for a triple term of RDF 1.2, and for what is no triple.
        """
        numbers = self._numbers
        for line in lines:
            subject, predicate, value = line.split(b" ", 2)
            if not value.endswith(b" .\n"):
                raise ValueError(f"not a triple: {line[:200]!r}")
            if value.startswith(_TRIPLE_TERM):
                raise ValueError("RDF 1.2 triple terms are not reasoned about")
            yield (
                numbers.setdefault(subject, len(numbers)),
                numbers.setdefault(predicate, len(numbers)),
                numbers.setdefault(value[:-3], len(numbers)),
            )


def iri(name: str) -> bytes:
    """The term that a name with the prefix rdf, rdfs, owl or xsd stands for."""
    prefix, _, local = name.partition(":")
    return f"<{_PREFIXES[prefix]}{local}>".encode()
