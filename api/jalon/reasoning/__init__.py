"""Entailed triples: what follows from the ontology and the asserted data, and what contradicts."""
