"""The engines that conclude, and what their conclusions depend on besides the triples."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Literal

from jalon.reasoning import usefulness

Engine = Literal["rules", "owlrl"]
"""``rules`` are ours, compiled; ``owlrl`` is slow, and what ours are compared with."""

LAYOUT = 2
"""Changes when the form of what is kept does."""

RULES = "jalon.reasoning.rules"


def versions(engine: Engine) -> str:
    """All that conclusions depend on besides the triples; of our rules the text itself."""
    if engine == "rules":
        parts: tuple[str, ...] = (_digest(),)
    else:
        parts = (version("owlrl"), version("rdflib"))
    return " ".join(map(str, (LAYOUT, engine, *parts, usefulness.VERSION)))


@cache
def _digest() -> str:
    """The SHA-256 of the rules and of all that works them out, as a process finds them."""
    digest = hashlib.sha256()
    for file in sorted(files(RULES).iterdir(), key=lambda each: each.name):
        if file.name.endswith((".py", ".rules")):
            digest.update(file.name.encode() + b"\n" + file.read_bytes())
    return digest.hexdigest()
