"""Validation: what shapes are run on, and with which engine."""
