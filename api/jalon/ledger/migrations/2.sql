-- From version 1 to 2: releases that stay ready, and who wrote what.

-- Releases that stay ready.
CREATE TABLE pins (
    number INTEGER PRIMARY KEY REFERENCES commits (number),
    time TEXT NOT NULL
);

-- Every attempt to write: token is the id of a token, or operator.
CREATE TABLE audit (
    line INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,
    token TEXT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    release INTEGER
);

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit lines are not changed');
END;

CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit lines are not deleted');
END;
