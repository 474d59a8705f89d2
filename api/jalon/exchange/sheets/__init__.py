"""Spreadsheets: made from the shapes of a class, and read back in a process of their own."""
