"""What follows from a few lines of Turtle, in the terms of the example."""

from __future__ import annotations

import re

from pyoxigraph import RdfFormat, parse

from jalon.reasoning.conclusions import Conclusions
from jalon.reasoning.rules.closure import conclude

PREFIXES = """
PREFIX : <http://example.org/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
"""
ROOM = 100_000


def concluded(turtle: str, room: int = ROOM) -> Conclusions:
    triples = (quad.triple for quad in parse((PREFIXES + turtle).encode(), RdfFormat.TURTLE))
    return conclude([f"{triple} .\n".encode() for triple in triples], room)


def follows(turtle: str) -> list[str]:
    """What is useful of what follows, ``a knows b`` for each triple."""
    lines = concluded(turtle).ntriples.decode().splitlines()
    return sorted(re.sub(r"<[^>]*[/#]([^>]*)>", r"\1", line).removesuffix(" .") for line in lines)
