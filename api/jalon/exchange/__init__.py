"""Formats in and out: RDF syntaxes, JSON-LD that reads like plain JSON, VoID."""
