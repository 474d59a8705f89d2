"""The rules of OWL 2 RL, compiled for an ontology and worked out set at a time.

From the text of a graph to what follows from it, in this order: ``terms`` makes numbers of terms,
``facts`` keeps the triples by predicate and class, ``compiling`` turns the axioms among them into
rules by the ``table`` in ``owl2rl.rules``, ``evaluation`` works these out by the ``plans`` made for
each, ``equality`` keeps what is the same thing as one, ``datatypes`` knows the values of literals,
``contradictions`` names what cannot be true together, and ``useful`` writes what is kept.
"""
