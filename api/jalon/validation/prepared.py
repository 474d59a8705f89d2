"""What validation needs of a pack, written once so that every process finds it ready."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import NamedNode, Quad, RdfFormat, parse

from jalon.errors import NotReady
from jalon.terms import SHAPES_GRAPH
from jalon.validation.guard import check_shapes
from jalon.validation.translation import rdflib_graph

LAYOUT = 1
"""Changes when what is written does."""

_CONTEXT = "context.nq"
_SHAPES = "shapes.nt"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A pack made ready: its base, its quads but for the shapes (N-Quads), its shapes."""

    base: str
    context: Path
    shapes: Path


def prepare(folder: Path, base: str, nquads: bytes) -> Prepared:
    """The pack with this base and these quads, made ready under ``folder``.

    The name of what is written depends on its content alone; what stands there is used again, and
    nothing is ever half written. Raises ShapesRefused for shapes that would be refused from a
    caller, and NotReady where the folder cannot be written.
    """
    digest = hashlib.sha256(f"{LAYOUT} {base}\n".encode() + nquads).hexdigest()
    place = folder / digest
    if not place.is_dir():
        quads = list(parse(nquads, RdfFormat.N_QUADS))
        shapes = NamedNode(base + SHAPES_GRAPH)
        check_shapes(rdflib_graph(quad for quad in quads if quad.graph_name == shapes))
        try:
            _write(folder, place, quads, shapes)
        except OSError as error:
            raise NotReady(reason=f"{folder}: {error.strerror or error}") from error
    return Prepared(base, place / _CONTEXT, place / _SHAPES)


def _write(folder: Path, place: Path, quads: Iterable[Quad], shapes: NamedNode) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="preparing-", dir=folder) as work:
        done = Path(work) / "done"
        done.mkdir()
        lines: dict[bool, list[str]] = {True: [], False: []}
        for quad in quads:
            inside = quad.graph_name == shapes
            lines[inside].append(f"{quad.triple if inside else quad} .\n")
        (done / _CONTEXT).write_text("".join(lines[False]), encoding="utf-8")
        (done / _SHAPES).write_text("".join(lines[True]), encoding="utf-8")
        try:
            done.rename(place)
        except OSError:
            # Another process may have been quicker; what it wrote is the same.
            if not place.is_dir():
                raise
