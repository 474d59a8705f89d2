"""RDF Patch: what to remove from a dataset and what to add to it, line by line.

https://afs.github.io/rdf-delta/rdf-patch.html
"""

from __future__ import annotations

from collections.abc import Iterable

from pyoxigraph import NamedNode, Quad


def rdf_patch(removed: Iterable[Quad], added: Iterable[Quad], previous: str, result: str) -> bytes:
    """A patch in one transaction; ``previous`` and ``result`` are IRIs of the datasets.

    A quad stands on one line as N-Quads has it, after a ``D`` or an ``A`` and a space.
    """
    lines = [f"H prev {NamedNode(previous)} .", f"H id {NamedNode(result)} .", "TX ."]
    lines += [f"D {quad} ." for quad in removed]
    lines += [f"A {quad} ." for quad in added]
    lines += ["TC .", ""]
    return "\n".join(lines).encode("utf-8")
