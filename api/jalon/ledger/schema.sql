-- The ledger, version 5. The chain is head and commits; everything else stands outside it.
-- Times are ISO 8601 in UTC with microseconds; lists are JSON arrays of strings.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- The last commit, so that a chain that was cut short is told from a whole one.
CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL CHECK (typeof(number) = 'integer'),
    digest TEXT NOT NULL CHECK (typeof(digest) = 'text')
);

-- adds, removes and report are compressed with zlib; added and removed count quads.
CREATE TABLE commits (
    number INTEGER PRIMARY KEY,
    time TEXT NOT NULL,
    author TEXT NOT NULL,
    message TEXT NOT NULL,
    source TEXT NOT NULL,
    rules TEXT NOT NULL,
    engine TEXT NOT NULL,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL,
    added INTEGER NOT NULL,
    removed INTEGER NOT NULL,
    report BLOB NOT NULL,
    adds BLOB NOT NULL,
    removes BLOB NOT NULL
);

CREATE TRIGGER commits_are_not_changed BEFORE UPDATE ON commits
BEGIN
    SELECT RAISE(ABORT, 'commits are not changed');
END;

CREATE TRIGGER commits_are_not_deleted BEFORE DELETE ON commits
BEGIN
    SELECT RAISE(ABORT, 'commits are not deleted');
END;

-- Who is behind the opaque ids; an erased author keeps the id alone.
CREATE TABLE authors (
    id TEXT PRIMARY KEY,
    name TEXT,
    address TEXT,
    erased TEXT
);

-- secret is the SHA-256 of the token's secret, which stands nowhere.
CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    secret BLOB NOT NULL,
    author TEXT NOT NULL REFERENCES authors (id),
    scopes TEXT NOT NULL,
    graphs TEXT NOT NULL,
    organisations TEXT NOT NULL,
    created TEXT NOT NULL,
    expires TEXT,
    revoked TEXT
);

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

-- Which state each submission is in, so that those of a state are found without looking at all. It
-- follows from the steps and the chain, and is kept by whatever writes these.
CREATE TABLE submission_states (
    submission INTEGER PRIMARY KEY REFERENCES submissions (id),
    organisation TEXT NOT NULL,
    state TEXT NOT NULL
);

CREATE INDEX submission_states_of_all ON submission_states (state, submission);

CREATE INDEX submission_states_of_one ON submission_states (organisation, state, submission);

CREATE TRIGGER submission_steps_come_to_a_state AFTER INSERT ON submission_steps
BEGIN
    INSERT INTO submission_states
    SELECT id, organisation, NEW.state FROM submissions
    WHERE id = NEW.submission
        AND NOT EXISTS (SELECT 1 FROM submission_states WHERE submission = NEW.submission);
    UPDATE submission_states SET state = NEW.state
    WHERE submission = NEW.submission AND state NOT IN ('approved', 'reverted');
END;

CREATE TRIGGER commits_publish_submissions AFTER INSERT ON commits
WHEN NEW.source LIKE 'submission:%'
BEGIN
    UPDATE submission_states SET state = 'approved'
    WHERE submission = CAST(substr(NEW.source, 12) AS INTEGER)
        AND NEW.source = 'submission:' || submission;
END;

CREATE TRIGGER commits_take_submissions_back AFTER INSERT ON commits
WHEN NEW.source LIKE 'revert:%'
BEGIN
    UPDATE submission_states SET state = 'reverted'
    WHERE submission = CAST(substr(NEW.source, 8) AS INTEGER)
        AND NEW.source = 'revert:' || submission;
END;

-- The nodes that serve from the ledger: the newest release that each has published, and when it
-- said so last, in seconds since 1970 by the database's own clock.
CREATE TABLE nodes (
    id TEXT PRIMARY KEY,
    release INTEGER NOT NULL,
    seen REAL NOT NULL
);
