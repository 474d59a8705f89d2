"""Keeps rows in SQLite, and says so of each; with ``OFF`` it does not wait for the device."""

from __future__ import annotations

import sqlite3
import sys

if __name__ == "__main__":
    connection = sqlite3.connect(sys.argv[1], isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {sys.argv[2]}")
    connection.execute("CREATE TABLE IF NOT EXISTS kept (number INTEGER PRIMARY KEY)")
    while True:
        with connection:
            number = connection.execute("INSERT INTO kept VALUES (NULL)").lastrowid
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
