"""The names everything agrees on: namespaces, graph names, and the terms that code refers to."""

from __future__ import annotations

from rdflib.namespace import Namespace

DEF_IRI = "https://w3id.org/jalon/def"
"""The core ontology; its terms are ``DEF_IRI#…`` whatever the base of a pack."""

AP = Namespace(f"{DEF_IRI}#")
STATUS = Namespace("https://w3id.org/jalon/id/value-status/")

ONTOLOGY_GRAPH = "graph/ontology"
SHAPES_GRAPH = "graph/shapes"
VOCABULARY_GRAPHS = "graph/vocabulary/"
SOURCE_GRAPHS = "graph/source/"
EDITORIAL_GRAPH = "graph/editorial"
EXTERNAL_GRAPH = "graph/external"
SUBMITTED_GRAPHS = "graph/submitted/"
ENTAILED_GRAPH = "graph/entailed"
CATALOGUE_GRAPH = "graph/catalogue"

RESERVED_GRAPHS = (ONTOLOGY_GRAPH, SHAPES_GRAPH, ENTAILED_GRAPH, CATALOGUE_GRAPH)
"""Graphs that the service keeps itself: nobody writes to them over HTTP."""
