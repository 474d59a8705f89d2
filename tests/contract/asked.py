"""What a GraphStore is asked, whichever engine answers, and how answers are compared."""

# ruff: noqa: S608 (it is SPARQL, and ours)

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

import httpx
from pyoxigraph import BlankNode, RdfFormat, parse

from faults.harness import PATIENCE

JSON = "application/sparql-results+json"
TURTLE, NTRIPLES = "text/turtle", "application/n-triples"
FORMATS = (JSON, "application/sparql-results+xml", "text/csv", "text/tab-separated-values")
GRAPH_FORMATS = (TURTLE, NTRIPLES, "application/ld+json", "application/rdf+xml")
GENID = "/.well-known/genid/"

PREFIXES = """
PREFIX ap: <https://w3id.org/jalon/def/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A question: its name, its text, the format it is asked in, and other parameters."""

    name: str
    text: str
    accept: str = JSON
    more: tuple[tuple[str, str], ...] = field(default=())


def cases(base: str) -> list[Case]:
    """Every kind of query, dataset and format, over what the pack shows."""
    shown = f"{base}graph/editorial"
    texts = {
        "count": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
        "everything": "SELECT * { ?s ?p ?o }",
        "labels-sorted": "SELECT ?s ?l { ?s rdfs:label ?l FILTER(LANG(?l) = 'fr') } ORDER BY ?l ?s",
        "kinds": "SELECT ?c (COUNT(?s) AS ?n) { ?s a ?c } GROUP BY ?c",
        "above-average": "SELECT ?c { { SELECT ?c (COUNT(?s) AS ?n) { ?s a ?c } GROUP BY ?c } "
        "FILTER(?n > 5) }",
        "optional": "SELECT ?s ?a { ?s a ap:Measure OPTIONAL { ?s ap:agency ?a } }",
        "missing": "SELECT ?s { ?s a ap:Measure FILTER NOT EXISTS { ?s skos:notation ?n } }",
        "minus": "SELECT ?s { ?s a ap:Measure MINUS { ?s skos:notation ?n } }",
        "path": "SELECT ?s ?o { ?s ap:partOf+ ?o }",
        "path-or": "SELECT DISTINCT ?s ?o { ?s (ap:partOf|^ap:hasPart)+ ?o }",
        "union": "SELECT ?s { { ?s a ap:Measure } UNION { ?s a ap:Plan } }",
        "values": "SELECT ?s ?c { VALUES ?c { ap:Measure ap:Plan } ?s a ?c }",
        "bind": "SELECT ?s ?x { ?s a ap:Plan BIND(STRLEN(STR(?s)) + 1 AS ?x) }",
        "named-graphs": "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
        "one-graph": f"SELECT ?s ?p ?o {{ GRAPH <{shown}> {{ ?s ?p ?o }} }}",
        "graph-and-shown": "SELECT ?g ?s { ?s a ap:Plan GRAPH ?g { ?s a ap:Plan } }",
        "from": f"SELECT ?s ?p ?o FROM <{shown}> {{ ?s ?p ?o }}",
        "from-two": f"SELECT (COUNT(*) AS ?n) FROM <{shown}> FROM <{base}graph/external> "
        "{ ?s ?p ?o }",
        "from-named": f"SELECT ?s FROM NAMED <{shown}> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
        "base": "SELECT ?p { <id/plan/dap> ?p ?o }",
        "page": "SELECT ?s { ?s a ap:Measure } ORDER BY ?s LIMIT 7 OFFSET 3",
        "langs": "SELECT (LANG(?l) AS ?g) (COUNT(*) AS ?n) { ?s rdfs:label ?l } GROUP BY LANG(?l)",
        "text": "SELECT ?s { ?s rdfs:label ?l FILTER(CONTAINS(LCASE(STR(?l)), 'num')) }",
        "regex": "SELECT ?s { ?s rdfs:label ?l FILTER(REGEX(STR(?l), '^Plan', 'i')) }",
        "dates": "SELECT ?s ?o { ?s ?p ?o FILTER(DATATYPE(?o) = xsd:gYear) }",
        "sums": "SELECT (SUM(STRLEN(STR(?o))) AS ?n) { ?s rdfs:label ?o }",
        "nothing": "SELECT ?s { ?s <urn:no> ?o }",
        "yes": "ASK { ?s a ap:Plan }",
        "no": "ASK { ?s <urn:no> ?o }",
        "construct": "CONSTRUCT { ?s rdfs:label ?l } WHERE { ?s a ap:Plan ; rdfs:label ?l }",
        "all-triples": "CONSTRUCT WHERE { ?s ?p ?o }",
        "describe": f"DESCRIBE <{base}id/plan/dap>",
    }
    made = [Case(name, PREFIXES + XSD + text, _accept(text)) for name, text in texts.items()]
    for media_type in FORMATS:
        made.append(Case(f"solutions as {media_type}", made[2].text, media_type))
        made.append(Case(f"boolean as {media_type}", PREFIXES + texts["yes"], media_type))
    for media_type in GRAPH_FORMATS:
        made.append(Case(f"graph as {media_type}", PREFIXES + texts["construct"], media_type))
    count = PREFIXES + texts["count"]
    made.append(Case("without what is entailed", count, JSON, (("entailed", "false"),)))
    made.append(Case("an earlier release", count, JSON, (("release", "1"),)))
    made.append(Case("a default graph", count, JSON, (("default-graph-uri", shown),)))
    made += [Case(f"refused: {name}", text) for name, text in REFUSED.items()]
    return made


XSD = "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>\n"
REFUSED = {
    "syntax": "SELECT ?s { ?s ?p }",
    "service": "SELECT * { SERVICE <http://127.0.0.1:1/sparql> { ?s ?p ?o } }",
    "silent service": "SELECT * { SERVICE SILENT <http://127.0.0.1:1/sparql> { ?s ?p ?o } }",
    "load": "LOAD <http://127.0.0.1:1/>",
    "update": "DELETE WHERE { ?s ?p ?o }",
    "an unknown function": "SELECT (<urn:f>(1) AS ?x) {}",
}


def ask(url: str, case: Case) -> httpx.Response:
    """The answer of a service."""
    parameters: list[tuple[str, str | int | float | bool | None]] = [
        ("query", case.text),
        *case.more,
    ]
    return httpx.get(
        f"{url}/sparql", params=parameters, headers={"Accept": case.accept}, timeout=PATIENCE
    )


def comparable(answer: httpx.Response) -> object:
    """What an answer says, whoever wrote it: rows as they are counted, triples as a set."""
    kind = answer.headers["content-type"].partition(";")[0]
    if not answer.is_success:
        return (answer.status_code, answer.json()["code"])
    if kind == JSON:
        found = answer.json()
        if "boolean" in found:
            return (kind, found["boolean"])
        return (kind, Counter(frozenset(_row(row)) for row in found["results"]["bindings"]))
    if kind in GRAPH_FORMATS:
        read = RdfFormat.from_media_type(kind)
        return (kind, {tuple(map(_named, quad.triple)) for quad in parse(answer.content, read)})
    if kind == FORMATS[1]:
        rows = ET.fromstring(answer.content).iterfind(".//{*}result")  # noqa: S314 (ours)
        return (kind, Counter(frozenset(_elements(row)) for row in rows))
    return (kind, Counter(answer.text.replace('"', "").split()))


def difference(found: object, expected: object) -> str:
    """What is in one answer and not in the other, some of it; empty where nothing is."""
    if found == expected:
        return ""
    if isinstance(found, tuple) and isinstance(expected, tuple) and found[0] == expected[0]:
        one, other = found[1], expected[1]
        if isinstance(one, Counter | set):
            return f"too much: {[*(one - other)][:3]}; missing: {[*(other - one)][:3]}"
    return f"{found} and not {expected}"[:600]


def _row(row: dict[str, dict[str, str]]) -> Iterator[tuple[str, ...]]:
    for name, term in row.items():
        blank = term["type"] == "bnode" or GENID in term["value"]
        kind = "blank" if blank else term["type"]
        plain = term.get("datatype", "").removesuffix("#string")
        value = "" if blank else term["value"]
        yield (name, kind, value, term.get("xml:lang", ""), plain)


def _elements(row: ET.Element) -> Iterator[tuple[str, ...]]:
    for binding in row:
        term = binding[0]
        said = sorted((name.rsplit("}", 1)[-1], value) for name, value in term.items())
        yield (binding.attrib["name"], term.tag, term.text or "", str(said))


def _named(term: object) -> str:
    return "_" if isinstance(term, BlankNode) or GENID in str(term) else str(term)


def _accept(text: str) -> str:
    return NTRIPLES if text.startswith(("CONSTRUCT", "DESCRIBE")) else JSON
