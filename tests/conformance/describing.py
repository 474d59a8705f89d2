"""The tests of the Service Description, which the manifest gives in words alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pyoxigraph import Dataset, Literal, NamedNode, Quad

from conformance.client import Client
from conformance.results import NTRIPLES, RDF_XML, TURTLE, Term, Unreadable, read_graph

SD = "http://www.w3.org/ns/sparql-service-description#"
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")

CLASSES = frozenset(
    {
        "Service",
        "Language",
        "Function",
        "Aggregate",
        "EntailmentRegime",
        "EntailmentProfile",
        "GraphCollection",
        "Dataset",
        "Graph",
        "NamedGraph",
        "Feature",
    }
)
INSTANCES = frozenset(
    {
        "SPARQL10Query",
        "SPARQL11Query",
        "SPARQL11Update",
        "DereferencesURIs",
        "UnionDefaultGraph",
        "RequiresDataset",
        "EmptyGraphs",
        "BasicFederatedQuery",
    }
)
PROPERTIES: Mapping[str, tuple[str, str]] = {
    "endpoint": ("Service", "resource"),
    "feature": ("Service", "resource"),
    "defaultEntailmentRegime": ("Service", "resource"),
    "defaultSupportedEntailmentProfile": ("Service", "resource"),
    "entailmentRegime": ("NamedGraph", "resource"),
    "supportedEntailmentProfile": ("NamedGraph", "resource"),
    "extensionFunction": ("Service", "resource"),
    "extensionAggregate": ("Service", "resource"),
    "languageExtension": ("Service", "resource"),
    "supportedLanguage": ("Service", "resource"),
    "propertyFeature": ("Service", "resource"),
    "defaultDataset": ("Service", "Dataset"),
    "availableGraphs": ("Service", "GraphCollection"),
    "resultFormat": ("Service", "resource"),
    "inputFormat": ("Service", "resource"),
    "defaultGraph": ("Dataset", "Graph"),
    "namedGraph": ("GraphCollection", "NamedGraph"),
    "name": ("NamedGraph", "resource"),
    "graph": ("NamedGraph", "Graph"),
}
"""Each property of the vocabulary (SPARQL 1.1 Service Description §3.4): its domain and range."""

BELOW: Mapping[str, tuple[str, ...]] = {"GraphCollection": ("Dataset",)}
"""What is below a class: a sd:Dataset is a sd:GraphCollection."""


def description(test: str, client: Client) -> str:
    """Runs one of the three tests on what the endpoint says to a GET; what is wrong with it."""
    accept = f"{TURTLE}, {NTRIPLES};q=0.8, {RDF_XML};q=0.5"
    response = client.send("GET", client.server.query, {"Accept": accept}, None)
    if response.status_code != 200:
        return f"{response.status_code} {response.text}"
    media_type = response.headers.get("content-type", "").partition(";")[0].strip()
    try:
        graph = read_graph(response.content, media_type, client.server.query)
    except (SyntaxError, ValueError) as error:
        raise Unreadable(f"{media_type}: {error}") from error
    return "; ".join(TESTS[test](graph, client.server.query))


def _is_rdf(graph: Dataset, _: str) -> Iterator[str]:
    if not len(graph):
        yield "no triple"


def _has_endpoint(graph: Dataset, endpoint: str) -> Iterator[str]:
    """Its endpoint is the address that was asked (§3.4.1)."""
    found = [quad.object for quad in graph.quads_for_predicate(NamedNode(f"{SD}endpoint"))]
    if NamedNode(endpoint) not in found:
        yield f"no sd:endpoint is {endpoint}: {found}"


def _conforms(graph: Dataset, _: str) -> Iterator[str]:
    """There is a service, and every term is used as the vocabulary says."""
    if not [*graph.quads_for_object(NamedNode(f"{SD}Service"))]:
        yield "no sd:Service"
    for quad in graph:
        if quad.predicate == TYPE:
            if _unknown(quad.object, CLASSES):
                yield f"{quad.object} is no class"
        elif quad.predicate.value.startswith(SD):
            yield from _misuses(graph, quad)


def _misuses(graph: Dataset, quad: Quad) -> Iterator[str]:
    name = quad.predicate.value.removeprefix(SD)
    if name not in PROPERTIES:
        yield f"sd:{name} is no property"
        return
    domain, wanted = PROPERTIES[name]
    if not _is_a(graph, quad.subject, domain):
        yield f"the subject of sd:{name} is no sd:{domain}"
    if isinstance(quad.object, Literal):
        yield f"the object of sd:{name} is a literal"
    elif wanted != "resource" and not _is_a(graph, quad.object, wanted):
        yield f"the object of sd:{name} is no sd:{wanted}"
    elif _unknown(quad.object, INSTANCES):
        yield f"{quad.object} is no instance"


def _unknown(term: Term, known: frozenset[str]) -> bool:
    """Whether a term is of the vocabulary by its namespace alone."""
    if not isinstance(term, NamedNode):
        return False
    return term.value.startswith(SD) and term.value.removeprefix(SD) not in known


def _is_a(graph: Dataset, term: Term, name: str) -> bool:
    classes = {f"{SD}{each}" for each in (name, *BELOW.get(name, ()))}
    return any(
        quad.subject == term and isinstance(quad.object, NamedNode) and quad.object.value in classes
        for quad in graph.quads_for_predicate(TYPE)
    )


TESTS: Mapping[str, Callable[[Dataset, str], Iterator[str]]] = {
    "returns-rdf": _is_rdf,
    "has-endpoint-triple": _has_endpoint,
    "conforms-to-schema": _conforms,
}
