"""What a SPARQL update comes to: the quads that it adds and removes. Runs where it can be killed.

An update that only lists quads is read, which keeps its literals as they are written, and costs
what it holds. Any other is evaluated by the engine on a copy of the release, made of links, and
the graphs that may have changed are compared. A blank node that it makes is a new one each time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse

from jalon.errors import (
    BadRequest,
    Forbidden,
    FunctionUnknown,
    JalonError,
    NoTargetGraph,
    QuerySyntax,
    QueryTooLarge,
    StorageFull,
)
from jalon.ledger.commits import ChangeSet
from jalon.store.evaluation import UNKNOWN_FUNCTION, readable
from jalon.store.live import as_kept, copy_checkpoint
from jalon.store.operations import Operation, read_operations
from jalon.store.port import MEGABYTE
from jalon.store.rewriting import Piece, apart, is_data_alone, placed_in, using, without_loads
from jalon.store.tokens import offset_of, position
from jalon.terms import RESERVED_GRAPHS, SOURCE_GRAPHS
from jalon.validation.bench import Release
from jalon.validation.documents import Said
from jalon.validation.edits import Edit, Edited, check_terms
from jalon.validation.worker import FILE_BYTES

_PLACE = re.compile(r"error at (\d+):(\d+)")
_FULL, _TOO_LARGE = "No space left", "File too large"

Graph = NamedNode | DefaultGraph


@dataclass(frozen=True, slots=True)
class Place:
    """The release that is updated, and a folder that does not exist yet for a copy of it.

    Relative IRIs resolve against ``base``, that of the pack.
    """

    release: Release
    scratch: str
    base: str = ""


def updated(edit: Edit, place: Place, *, own: bool) -> Edited:
    """What the one document of an edit, an update, comes to.

    With a graph, it is what the update says of none. Unless ``own``, the unnamed graph is not
    written to. Raises a QueryError, BadRequest, NoTargetGraph or RdfRefused.
    """
    written = edit.documents[0].content
    text, operations = _read(written, edit, place.base)
    sent = text if text.encode() == written else None
    script = _Script(apart(text, operations), place.base, sent)
    if not own and any(None in each.graphs for each in operations):
        raise NoTargetGraph
    if is_data_alone(operations):
        script.run(Store())
        change = _listed(text, operations, place.base)
    else:
        change = _evaluated(script, operations, place, own=own)
    adds, removes = _quads(change.adds), _quads(change.removes)
    check_terms(adds, edit.documents[0])
    things = frozenset(quad.subject for quad in (*adds, *removes))
    existed = edit.graph is None or _holds_anything(place.release, edit.graph)
    return Edited(change, existed, Said(adds, {}, frozenset(removes), things))


def _holds_anything(release: Release, graph: str) -> bool:
    quads = release.store.quads_for_pattern(None, None, None, NamedNode(graph))
    return next(quads, None) is not None


def _read(written: bytes, edit: Edit, base: str) -> tuple[str, tuple[Operation, ...]]:
    """The update in words that say all, and its operations."""
    try:
        text = readable(written.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise BadRequest(variant="encoding") from error
    operations = read_operations(text, base)
    if edit.default_graphs or edit.named_graphs:
        text = using(text, operations, edit.default_graphs, edit.named_graphs)
        operations = read_operations(text, base)
    if edit.graph is not None:
        text = placed_in(text, operations, edit.graph)
        operations = read_operations(text, base)
    if any(operation.loads for operation in operations):
        text = without_loads(text, _checked_loads(text, operations, base))
        operations = read_operations(text, base)
    return text, operations


@dataclass(frozen=True, slots=True)
class _Script:
    """An update as the engine takes it: pieces that it makes one after the other.

    ``sent`` is the update, where the sender knows it as it is: places are places in it.
    """

    pieces: tuple[Piece, ...]
    base: str
    sent: str | None

    def run(self, store: Store) -> None:
        """Raises what is wrong with it, and may then have been made in part."""
        for piece in self.pieces:
            try:
                store.update(piece.text, base_iri=self.base or None)
            except SyntaxError as error:
                raise self._syntax_error(error, piece) from error
            except (RuntimeError, OSError) as error:
                raise _refused(str(error)) from error

    def check_syntax(self) -> None:
        """Raises QuerySyntax; what else is wrong depends on what there is."""
        with suppress(BadRequest, FunctionUnknown):
            self.run(Store())

    def _syntax_error(self, error: SyntaxError, piece: Piece) -> QuerySyntax:
        match = _PLACE.search(str(error))
        if match is None or self.sent is None:
            return QuerySyntax(variant="update")
        offset = offset_of(piece.text, int(match[1]), int(match[2]))
        if offset < piece.start:
            return QuerySyntax(variant="update")
        place = position(self.sent, offset + piece.shift)
        return QuerySyntax(variant="update-placed", line=place.line, column=place.column)


def _refused(words: str) -> JalonError:
    """The engine says in words alone what it does not do, such as making a graph that is there."""
    match = UNKNOWN_FUNCTION.search(words)
    if match is not None:
        return FunctionUnknown(function=match.group(1))
    if _FULL in words:
        return StorageFull()
    if _TOO_LARGE in words:
        return QueryTooLarge(variant="update", limit=FILE_BYTES // MEGABYTE)
    return BadRequest(variant="update", reason=" ".join(words.split())[:200])


def _listed(text: str, operations: Iterable[Operation], base: str) -> ChangeSet:
    """What is listed, in order: of a quad that is added and removed, the last word counts."""
    adds: dict[Quad, dict[bytes, None]] = {}
    removes: dict[Quad, None] = {}
    for operation in operations:
        inserts = operation.words[0].text.upper() == "INSERT"
        for quad, kept in _as_listed(text, operation, base):
            if inserts:
                removes.pop(kept, None)
                adds.setdefault(kept, {})[_line(quad)] = None
            else:
                adds.pop(kept, None)
                removes[kept] = None
    lines = (line for each in adds.values() for line in each)
    return ChangeSet.of(lines, map(_line, removes))


def _as_listed(text: str, operation: Operation, base: str) -> Iterator[tuple[Quad, Quad]]:
    """The quads that an operation lists: each as it is written, and as the index keeps it."""
    [block] = operation.blocks
    said = text[block.start : block.end]
    engine = Store()
    engine.update(f"{operation.prologue} INSERT DATA {said}", base_iri=base or None)
    kept = set(engine)
    quads = _by_trig(text, operation, base)
    pairs = [(quad, _kept(quad)) for quad in quads]
    # The syntaxes are nearly one; where they are not, the engine's reading is right.
    if _nameless(each for _, each in pairs) == _nameless(kept):
        yield from pairs
    else:
        yield from ((quad, quad) for quad in kept)


def _by_trig(text: str, operation: Operation, base: str) -> list[Quad]:
    """The quads of an operation by the reader of TriG, which keeps literals as they are written."""
    parts = [operation.prologue]
    for segment in operation.blocks[0].segments:
        graph = f"GRAPH {segment.graph.text} " if segment.graph else ""
        parts.append(f"{graph}{{ {text[segment.start : segment.end]}\n}}\n")
    try:
        content = "".join(parts).encode()
        quads = parse(content, RdfFormat.TRIG, base_iri=base or None, rename_blank_nodes=True)
        return list(dict.fromkeys(quads))
    except SyntaxError:
        return []


def _kept(quad: Quad) -> Quad:
    """A quad as the index keeps it: it writes literals its own way."""
    if isinstance(quad.object, NamedNode | BlankNode):
        return quad
    return as_kept([quad])[0]


def _nameless(quads: Iterable[Quad]) -> tuple[set[Quad], int]:
    """Quads to compare with others whose blank nodes have other names: those without, and a sum."""
    each = set(quads)
    plain = {quad for quad in each if not _has_blank(quad)}
    return plain, len(each)


def _has_blank(quad: Quad) -> bool:
    return isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)


def _evaluated(
    script: _Script, operations: Sequence[Operation], place: Place, *, own: bool
) -> ChangeSet:
    """What the engine makes of it on a copy, by the graphs that may have changed."""
    copy_checkpoint(Path(place.release.checkpoint), Path(place.scratch))
    after = Store(place.scratch)
    script.run(after)
    before = place.release.store
    adds: list[bytes] = []
    removes: list[bytes] = []
    for graph in _changeable(operations, _known(before, after), place.base if own else ""):
        old, new = _triples(before, graph), _triples(after, graph)
        if old != new:
            was, now, ending = set(old.splitlines()), set(new.splitlines()), _ending(graph)
            adds += map(ending, now - was)
            removes += map(ending, was - now)
    return ChangeSet.of(adds, removes)


def _known(*stores: Store) -> set[NamedNode]:
    graphs = (graph for store in stores for graph in store.named_graphs())
    return {graph for graph in graphs if isinstance(graph, NamedNode)}


def _changeable(operations: Iterable[Operation], known: set[NamedNode], own: str) -> list[Graph]:
    """The graphs that may have changed.

    Where the unnamed graph is its own, with the base of the pack, CLEAR and DROP of ALL and NAMED
    are for the graphs that anybody may write, and not for those that the service keeps.
    """
    operations = tuple(operations)
    names = {name for each in operations for name in each.graphs}
    if any(each.anything for each in operations):
        names |= {graph.value for graph in known}
    if any(each.every for each in operations):
        names |= {graph.value for graph in known if not (own and _is_kept(graph.value, own))}
    graphs: list[Graph] = [DefaultGraph()] if None in names else []
    return graphs + [graph for graph in known if graph.value in names]


def _is_kept(graph: str, base: str) -> bool:
    reserved = graph in {base + name for name in RESERVED_GRAPHS}
    return reserved or graph.startswith(base + SOURCE_GRAPHS)


def _checked_loads(text: str, operations: Sequence[Operation], base: str) -> Sequence[Operation]:
    """The operations, whose LOADs are all SILENT: they are for what goes wrong, too.

    Raises Forbidden for another LOAD, where the update is SPARQL.
    """
    kept = without_loads(text, operations)
    _Script(apart(kept, read_operations(kept, base)), base, None).check_syntax()
    for operation in operations:
        if operation.loads and operation.word("SILENT") is None:
            place = position(text, operation.words[0].start)
            raise Forbidden(variant="load", line=place.line, column=place.column)
    return operations


def _triples(store: Store, graph: Graph) -> bytes:
    """A graph as N-Triples. Stores keep equal graphs in the same order, mostly."""
    return store.dump(format=RdfFormat.N_TRIPLES, from_graph=graph) or b""


def _ending(graph: Graph) -> Callable[[bytes], bytes]:
    """Makes a quad's line of a triple's."""
    end = b" ." if isinstance(graph, DefaultGraph) else b" %s ." % str(graph).encode()
    return lambda line: line.removesuffix(b" .") + end


def _line(quad: Quad) -> bytes:
    return f"{quad} .".encode()


def _quads(lines: bytes) -> tuple[Quad, ...]:
    return tuple(parse(lines, RdfFormat.N_QUADS))
