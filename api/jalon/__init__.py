"""Jalon: a knowledge graph and semantic query service for public action plans."""

__version__ = "0.1.0"
