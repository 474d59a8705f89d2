"""Uploads that are known to crash, to swell or to fetch, of random size."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from faults.hostile_texts import PIECES, size

UPLOADS = Path(__file__).with_name("uploads")
TURTLE, TRIG, XML = "text/turtle", "application/trig", "application/rdf+xml"
JSON_LD, NQUADS = "application/ld+json", "application/n-quads"
SHAPES = ("catastrophic", "cross-join", "cyclic-list", "growing", "walk")
_RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/"'


@dataclass(frozen=True, slots=True)
class Upload:
    """A document and its media type; with ``shapes``, those that it is to be held against."""

    content: bytes
    media_type: str
    shapes: bytes | None = None


def entities(chance: random.Random, url: str) -> Upload:
    """Entities within entities, or from elsewhere."""
    count = chance.randrange(2, 12)
    nested = "".join(
        f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "a" * 10}">' for n in range(count)
    )
    declared = chance.choice(
        (
            nested,
            f'<!ENTITY a{count - 1} SYSTEM "{url}">',
            f'<!ENTITY a{count - 1} SYSTEM "file:///etc/passwd">',
            f'<!ENTITY % p SYSTEM "{url}"> %p;',
        )
    )
    used = f"<e:C><e:p>&a{count - 1};</e:p></e:C>"
    text = f"<?xml version='1.0'?><!DOCTYPE r [{declared}]><rdf:RDF {_RDF}>{used}</rdf:RDF>"
    return Upload(text.encode(chance.choice(("utf-8", "utf-16"))), XML)


def external(chance: random.Random, url: str) -> Upload:
    """A document type from elsewhere."""
    kind = chance.choice((f'SYSTEM "{url}"', f'PUBLIC "-//X" "{url}"'))
    return Upload(f"<!DOCTYPE rdf:RDF {kind}><rdf:RDF {_RDF}/>".encode(), XML)


def deep_xml(chance: random.Random, _url: str) -> Upload:
    """Elements within elements."""
    levels = size(chance)
    inner = "<e:C><e:p>" * levels + "</e:p></e:C>" * levels
    return Upload(f"<rdf:RDF {_RDF}>{inner}</rdf:RDF>".encode(), XML)


def deep_turtle(chance: random.Random, _url: str) -> Upload:
    """Blank nodes, lists and triple terms within others."""
    opening, closing = chance.choice(
        (
            ("[ <http://e/p> ", "]"),
            ("(", ")"),
            ("<<( <http://e/s> <http://e/p> ", ")>>"),
            ("{", "}"),
        )
    )
    levels = size(chance, 200_000)
    text = f"<http://e/s> <http://e/p> {opening * levels}1{closing * levels} ."
    return Upload(text.encode(), chance.choice((TURTLE, TRIG)))


def deep_json(chance: random.Random, _url: str) -> Upload:
    """Objects and lists within others."""
    opening, closing = chance.choice(
        (('{"http://e/p":', "}"), ("[", "]"), ('{"@list":[', "]}"), ('{"@graph":[', "]}"))
    )
    levels = size(chance, 200_000)
    return Upload((opening * levels + "1" + closing * levels).encode(), JSON_LD)


def remote_context(chance: random.Random, url: str) -> Upload:
    """A context from elsewhere, wherever JSON-LD may have one."""
    said = chance.choice(
        (
            {"@context": url, "a": 1},
            {"@context": [{"a": "http://e/a"}, url], "a": 1},
            {"@context": {"@import": url}, "a": 1},
            {"@context": {"a": {"@id": "http://e/a", "@context": url}}, "a": {"b": 1}},
            {"@graph": [{"@context": url, "@id": "x:a", "a": 1}]},
        )
    )
    return Upload(json.dumps(said).encode(), JSON_LD)


def importing(chance: random.Random, url: str) -> Upload:
    """An ontology that wants another, in the data or among the shapes."""
    owl = f"<x:o> a <http://www.w3.org/2002/07/owl#Ontology> ; {chance.choice(IMPORTS)} <{url}> ."
    data = b"<http://e/s> <http://e/p> 1 ."
    if chance.random() < 0.5:
        return Upload(owl.encode(), TURTLE)
    return Upload(data, TURTLE, (UPLOADS / "walk.ttl").read_bytes() + owl.encode())


IMPORTS = ("<http://www.w3.org/2002/07/owl#imports>", "<http://www.w3.org/ns/shacl#shapesGraph>")


def shapes(chance: random.Random, url: str) -> Upload:
    """Shapes that never come to an end, or call another server."""
    data = b"".join(
        b"<x:%d> <http://example.org/p> 'aaaaaaaaaaaaaaaaaaaaaaa!' ." % n for n in range(99)
    )
    name = chance.choice((*SHAPES, ""))
    if name:
        return Upload(data, TURTLE, (UPLOADS / f"{name}.ttl").read_bytes())
    query = f"SELECT $this {{ SERVICE SILENT <{url}> {{ $this ?p ?o }} }}"
    text = (
        "PREFIX sh: <http://www.w3.org/ns/shacl#>"
        " <x:S> a sh:NodeShape ; sh:targetSubjectsOf <http://example.org/p> ;"
        f' sh:sparql [ sh:select """{query}""" ] .'
    )
    return Upload(data, TURTLE, text.encode())


def large(chance: random.Random, _url: str) -> Upload:
    """One thing that is very long, or very many of them."""
    count = size(chance, 10_000_000)
    return chance.choice(
        (
            Upload(b"<http://e/s> <http://e/p> '" + b"a" * count + b"' .", TURTLE),
            Upload(b"@prefix a: <http://e/> ." * (count // 24), TURTLE),
            Upload(b"a" * count, TURTLE),
            Upload(
                b"".join(b"_:b%d <x:p> _:b%d .\n" % (n, n + 1) for n in range(count // 30)), NQUADS
            ),
        )
    )


def garbled(chance: random.Random, _url: str) -> Upload:
    """Bytes and pieces in no order."""
    content = " ".join(chance.choices(PIECES, k=300)).encode() + chance.randbytes(100)
    return Upload(content, chance.choice((TURTLE, TRIG, XML, JSON_LD, NQUADS, "text/csv", "")))


FILES: Mapping[str, Callable[[random.Random, str], Upload]] = {
    "entities": entities,
    "external types": external,
    "deep XML": deep_xml,
    "deep Turtle": deep_turtle,
    "deep JSON": deep_json,
    "remote contexts": remote_context,
    "imports": importing,
    "shapes": shapes,
    "large files": large,
    "garbled files": garbled,
}
