"""Validation of a change: what it can affect is found from what the shapes read, and no more."""
