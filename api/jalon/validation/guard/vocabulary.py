"""Terms of the SHACL namespace: an unknown one is a slip that engines pass over in silence."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from rdflib import OWL, RDF, SH, Graph, URIRef
from rdflib.term import Node

from jalon.validation.guard.naming import refused

_NAMESPACE = str(SH)

KNOWN = frozenset(SH.__annotations__) | {"and", "class", "in", "not", "or"}
"""The terms of the vocabulary of W3C's SHACL and its Advanced Features, as rdflib lists them."""

UNSUPPORTED = frozenset(
    {
        # SHACL core: the regime that data are to be validated under; we entail nothing.
        "entailment",
        # SHACL Advanced Features: rules, targets, functions, node expressions.
        "Rule", "SPARQLRule", "TripleRule", "rule", "condition", "construct", "update",
        "subject", "predicate", "object", "this",
        "SPARQLConstructExecutable", "SPARQLUpdateExecutable",
        "Target", "TargetType", "SPARQLTarget", "SPARQLTargetType", "target",
        "Function", "SPARQLFunction", "returnType",
        "expression", "ExpressionConstraintComponent", "filterShape", "nodes", "intersection",
        "union",
        # SHACL JavaScript Extensions.
        "JSConstraint", "JSConstraintComponent", "JSExecutable", "JSFunction", "JSLibrary",
        "JSRule", "JSTarget", "JSTargetType", "JSValidator", "js", "jsFunctionName", "jsLibrary",
        "jsLibraryURL",
    }
)  # fmt: skip
"""Terms that the engines do not act on; a shape that uses them would say less than it seems to."""


def check_vocabulary(graph: Graph) -> None:
    """Raises ShapesRefused for a term of SHACL that does not exist or that no engine acts on.

    Shapes may speak of such terms, as those do that check shapes; they may not use them. So it does
    for owl:imports of what did not come along, because nothing is ever fetched.
    """
    for ontology, wanted in sorted(graph.subject_objects(OWL.imports), key=str):
        if (wanted, None, None) not in graph:
            raise refused(graph, ontology, "imports", found=str(wanted)[:200])
    for subject, term, is_used in sorted(_terms(graph), key=str):
        name = term[len(_NAMESPACE) :]
        if name in UNSUPPORTED and is_used:
            raise refused(graph, subject, "unsupported", found=name)
        if not _is_known(name) and not _is_data(graph, subject):
            nearest = difflib.get_close_matches(name[:100], sorted(KNOWN), n=1, cutoff=0.0)[0]
            raise refused(graph, subject, "term", found=name[:100], nearest=nearest)


def _terms(graph: Graph) -> Iterator[tuple[Node, str, bool]]:
    """Each term of SHACL, the thing whose triple it stands in, and whether it is used there."""
    for subject, predicate, value in graph:
        for term in (predicate, value):
            if isinstance(term, URIRef) and term.startswith(_NAMESPACE):
                yield subject, str(term), predicate in {term, RDF.type}


def _is_data(graph: Graph, subject: Node) -> bool:
    """Whether it is a thing that shapes aim at, in one file with them, and nothing of a shape."""
    if (None, SH.targetNode, subject) not in graph:
        return False
    terms = {*graph.predicates(subject), *graph.objects(subject, RDF.type)}
    names = [str(term)[len(_NAMESPACE) :] for term in terms if str(term).startswith(_NAMESPACE)]
    return not any(map(_is_known, names))


def _is_known(name: str) -> bool:
    """Parameters, too, have an IRI each: sh:MinCountConstraintComponent-minCount."""
    component, dash, parameter = name.partition("-")
    return component in KNOWN and (not dash or parameter in KNOWN)
