-- From version 4 to 5: which nodes serve the ledger.

-- The nodes that serve from the ledger: the newest release that each has published, and when it
-- said so last, in seconds since 1970 by the database's own clock.
CREATE TABLE nodes (
    id TEXT PRIMARY KEY,
    release INTEGER NOT NULL,
    seen REAL NOT NULL
);
