"""Reads and checks a pack's files; returns frozen values; knows no store and no web."""
