"""What the names in a JSON-LD document mean (JSON-LD 1.1 API §4 and §5.2), as far as is needed.

What is not understood here is refused or marked, so that nothing is taken for what it is not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from jalon.validation.places.json_text import Items, Members, Part, Value
from jalon.validation.places.spots import UnreadError, resolved

KEYWORDS = frozenset(
    f"@{name}"
    for name in (
        *("base", "container", "context", "direction", "graph", "id", "import", "included"),
        *("index", "json", "language", "list", "nest", "none", "prefix", "propagate", "protected"),
        *("reverse", "set", "type", "value", "version", "vocab"),
    )
)
CONTAINERS = frozenset({"@list", "@set", "@language", "@index"})
"""Those that are understood."""

MOST_CONTEXTS = 200
"""More contexts inside each other are not followed: each takes its time for every name."""

_PREFIX_ENDS = tuple(":/?#[]@")
_SETTINGS = frozenset({"@base", "@vocab", "@language", "@version", "@protected", "@propagate"})
_SAID_OF_A_TERM = frozenset(
    {"@id", "@type", "@container", "@language", "@reverse", "@prefix", "@protected", "@index"}
)


@dataclass(frozen=True, slots=True)
class Definition:
    """What a term means: an IRI or keyword, or nothing, and how its values are written."""

    iri: str | None
    type: str | None = None
    containers: frozenset[str] = frozenset()
    language: str | None = None
    has_language: bool = False
    is_reverse: bool = False
    is_prefix: bool = False
    is_understood: bool = True


@dataclass(frozen=True, slots=True)
class Context:
    """The terms at one point of a document, those of the context around included."""

    base: str
    vocabulary: str | None = None
    language: str | None = None
    around: Context | None = None
    own: dict[str, Definition] = field(default_factory=dict)
    depth: int = 0

    def definition(self, term: object) -> Definition | None:
        """What a term means; None where nobody says."""
        at: Context | None = self
        while at is not None:
            if term in at.own:
                return at.own[str(term)]
            at = at.around
        return None

    def name(self, text: str) -> str | None:
        """The IRI or keyword that a member's name, a type or a term stands for."""
        return self._expanded(text, {}, set(), relative=False)

    def reference(self, text: str, *, by_terms: bool = False) -> str | None:
        """The IRI that the value of @id stands for; that of @type by terms first."""
        if by_terms:
            return self._expanded(text, {}, set(), relative=True)
        known = text if text in KEYWORDS or _is_like_keyword(text) else None
        if known:
            return None
        return self._compact(text, {}, set()) or resolved(text, self.base)

    def _expanded(
        self, text: str, local: Mapping[str, Part], defining: set[str], *, relative: bool
    ) -> str | None:
        if text in KEYWORDS:
            return text
        if _is_like_keyword(text):
            return None
        self.define(text, local, defining)
        known = self.definition(text)
        if known is not None:
            return known.iri
        compact = self._compact(text, local, defining)
        if compact is not None:
            return compact
        if self.vocabulary is not None:
            return self.vocabulary + text
        return resolved(text, self.base) if relative else None

    def _compact(self, text: str, local: Mapping[str, Part], defining: set[str]) -> str | None:
        """The IRI that has a colon in it, by its prefix if it has one; None without a colon."""
        prefix, colon, rest = text.partition(":")
        if not colon or not prefix:
            return None
        if prefix == "_" or rest.startswith("//"):
            return text
        self.define(prefix, local, defining)
        known = self.definition(prefix)
        if known is not None and known.iri and known.is_prefix:
            return known.iri + rest
        return text

    def define(self, term: str, local: Mapping[str, Part], defining: set[str]) -> None:
        """Gives a term of a local context its meaning, unless it has it already."""
        if term not in local or term in self.own:
            return
        if term in defining:
            raise UnreadError
        defining.add(term)
        self.own[term] = self._defined(term, local[term], local, defining)

    def _defined(
        self, term: str, said: Part, local: Mapping[str, Part], defining: set[str]
    ) -> Definition:
        if isinstance(said, Value) and said.value is None:
            return Definition(None)
        if isinstance(said, Value) and isinstance(said.value, str):
            iri = self._meant(term, said.value, local, defining)
            return Definition(iri, is_prefix=bool(iri) and str(iri).endswith(_PREFIX_ENDS))
        if not isinstance(said, Members):
            raise UnreadError
        return self._detailed(term, said, local, defining)

    def _detailed(
        self, term: str, said: Members, local: Mapping[str, Part], defining: set[str]
    ) -> Definition:
        written = said.get("@reverse") or said.get("@id")
        if isinstance(written, Value) and written.value is None:
            return Definition(None)
        if written is not None and not (
            isinstance(written, Value) and isinstance(written.value, str)
        ):
            raise UnreadError
        iri = self._meant(term, str(written.value) if written else term, local, defining)
        kind = _text(said.get("@type"))
        if kind is not None and kind not in KEYWORDS:
            kind = self._expanded(kind, local, defining, relative=True)
        language = said.get("@language")
        containers = frozenset(_texts(said.get("@container")))
        strange = {str(name.value) for name, _ in said.members} - _SAID_OF_A_TERM
        return Definition(
            iri=iri,
            type=kind,
            containers=containers,
            language=_text(language),
            has_language=language is not None,
            is_reverse=said.get("@reverse") is not None,
            is_prefix=_is_true(said.get("@prefix")),
            is_understood=not strange and containers <= CONTAINERS and said.get("@index") is None,
        )

    def _meant(
        self, term: str, written: str, local: Mapping[str, Part], defining: set[str]
    ) -> str | None:
        """The IRI that a definition gives; that of a term by itself is what it looks like."""
        if written != term:
            return self._expanded(written, local, defining, relative=False)
        compact = self._compact(term, local, defining)
        if compact is not None:
            return compact
        if "/" in term:
            return resolved(term, self.base)
        return None if self.vocabulary is None else self.vocabulary + term


def extended(context: Context, said: Part, start: Context) -> Context:
    """The context with what a document says under @context; ``start`` is that without any."""
    for each in said.items if isinstance(said, Items) else (said,):
        if isinstance(each, Value) and each.value is None:
            context = start
        elif isinstance(each, Members):
            context = _with(context, each)
        else:
            raise UnreadError
    return context


def _with(context: Context, said: Members) -> Context:
    local = {str(name.value): part for name, part in said.members}
    if local.keys() & (KEYWORDS - _SETTINGS) or _is_false(local.get("@propagate")):
        raise UnreadError
    if context.depth >= MOST_CONTEXTS:
        raise UnreadError
    made = _set(context, local)
    terms = {name: part for name, part in local.items() if name not in KEYWORDS}
    defining: set[str] = set()
    for term in terms:
        made.define(term, terms, defining)
    return made


def _set(context: Context, local: Mapping[str, Part]) -> Context:
    """A context inside another, with what the former says besides terms."""
    base, vocabulary, language = context.base, context.vocabulary, context.language
    if "@base" in local:
        written = _text(local["@base"])
        if written is None:
            raise UnreadError
        base = resolved(written, base)
    if "@vocab" in local:
        written = _text(local["@vocab"])
        outer = Context(base, vocabulary, language, context)
        vocabulary = None if written is None else outer.reference(written, by_terms=True)
    if "@language" in local:
        language = _text(local["@language"])
    return Context(base, vocabulary, language, context, depth=context.depth + 1)


def _is_like_keyword(text: str) -> bool:
    return text.startswith("@") and text[1:].isalpha()


def _text(part: Part | None) -> str | None:
    return part.value if isinstance(part, Value) and isinstance(part.value, str) else None


def _texts(part: Part | None) -> Iterator[str]:
    for each in part.items if isinstance(part, Items) else (part,):
        text = _text(each)
        if text is not None:
            yield text


def _is_true(part: Part | None) -> bool:
    return isinstance(part, Value) and part.value is True


def _is_false(part: Part | None) -> bool:
    return isinstance(part, Value) and part.value is False
