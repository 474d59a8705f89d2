"""owlrl as the oracle: what it says of a graph, in the words of the W3C."""

from __future__ import annotations

import re

from jalon.reasoning.conclusions import Contradiction

_SAID_BY_OWLRL = {
    "'sameAs' and 'differentFrom'": "eq-diff1",
    "'sameAs' and 'AllDifferent'": "eq-diff2",
    "Irreflexive property": "prp-irp",
    "Erroneous usage of asymmetric": "prp-asyp",
    "Erroneous usage of disjoint properties": "prp-pdw",
    "Disjoint properties in an": "prp-adp",
    "Negative (object)": "prp-npa1",
    "Negative (datatype)": "prp-npa2",
    "Violation of complementarity": "cls-com",
    "Erroneous usage of maximum cardinality": "cls-maxc1",
    "Erroneous usage of maximum qualified": "cls-maxqc1",
    "Disjoint classes http://www.w3.org/2001/XMLSchema#": "dt-not-type",
    "Disjoint classes": "cax-dw",
    "Lexical value": "dt-not-type",
}


def rule_of(contradiction: Contradiction) -> str:
    """The rule that a contradiction is by: ours say so, owlrl's are known by their words."""
    message = contradiction.message
    ours = re.search(r"\(([a-z]{2,3}-[a-z0-9-]+)\)$", message)
    if ours:
        return ours[1]
    if message.endswith("is defined of type 'Nothing'"):
        return "cls-nothing2"
    return next(rule for words, rule in _SAID_BY_OWLRL.items() if message.startswith(words))
