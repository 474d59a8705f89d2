-- From version 2 to 3: what was submitted, and what became of it.

CREATE INDEX commits_by_source ON commits (source);

-- What somebody proposes for an organisation. Its documents stand as they came.
CREATE TABLE submissions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,
    author TEXT NOT NULL,
    organisation TEXT NOT NULL,
    mode TEXT NOT NULL,
    message TEXT NOT NULL
);

-- content is compressed with zlib.
CREATE TABLE submission_documents (
    submission INTEGER NOT NULL REFERENCES submissions (id),
    place INTEGER NOT NULL,
    part TEXT NOT NULL,
    media_type TEXT NOT NULL,
    name TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (submission, place)
) WITHOUT ROWID;

-- Every state that a submission has been in; release is the one that it was held against. What it
-- comes to there, compressed with zlib, stands with the states invalid and ready. That a submission
-- was published, or taken back, stands in the chain: by the source of a commit.
CREATE TABLE submission_steps (
    line INTEGER PRIMARY KEY AUTOINCREMENT,
    submission INTEGER NOT NULL REFERENCES submissions (id),
    time TEXT NOT NULL,
    author TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    release INTEGER NOT NULL,
    report BLOB NOT NULL,
    adds BLOB NOT NULL,
    removes BLOB NOT NULL
);

CREATE INDEX submission_steps_in_order ON submission_steps (submission, line);

CREATE TRIGGER submissions_are_not_changed BEFORE UPDATE ON submissions
BEGIN
    SELECT RAISE(ABORT, 'submissions are not changed');
END;

CREATE TRIGGER submissions_are_not_deleted BEFORE DELETE ON submissions
BEGIN
    SELECT RAISE(ABORT, 'submissions are not deleted');
END;

CREATE TRIGGER submission_documents_are_not_changed BEFORE UPDATE ON submission_documents
BEGIN
    SELECT RAISE(ABORT, 'documents of submissions are not changed');
END;

CREATE TRIGGER submission_documents_are_not_deleted BEFORE DELETE ON submission_documents
BEGIN
    SELECT RAISE(ABORT, 'documents of submissions are not deleted');
END;

CREATE TRIGGER submission_steps_are_not_changed BEFORE UPDATE ON submission_steps
BEGIN
    SELECT RAISE(ABORT, 'steps of submissions are not changed');
END;

CREATE TRIGGER submission_steps_are_not_deleted BEFORE DELETE ON submission_steps
BEGIN
    SELECT RAISE(ABORT, 'steps of submissions are not deleted');
END;
