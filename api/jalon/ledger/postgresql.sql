-- The ledger in PostgreSQL, version 5: the same tables and columns as in schema.sql, which says what
-- is in them. Text stands as it is but for U+0000, which PostgreSQL does not keep (see tables.py).
-- What is compressed already is not compressed again.

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE head (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    number BIGINT NOT NULL,
    digest TEXT NOT NULL
);

CREATE TABLE commits (
    number BIGINT PRIMARY KEY,
    time TEXT NOT NULL,
    author TEXT NOT NULL,
    message TEXT NOT NULL,
    source TEXT NOT NULL,
    rules TEXT NOT NULL,
    engine TEXT NOT NULL,
    previous TEXT NOT NULL,
    digest TEXT NOT NULL,
    added BIGINT NOT NULL,
    removed BIGINT NOT NULL,
    report BYTEA NOT NULL,
    adds BYTEA NOT NULL,
    removes BYTEA NOT NULL
);

ALTER TABLE commits
    ALTER COLUMN report SET STORAGE EXTERNAL,
    ALTER COLUMN adds SET STORAGE EXTERNAL,
    ALTER COLUMN removes SET STORAGE EXTERNAL;

CREATE INDEX commits_by_source ON commits (source);

CREATE TABLE authors (
    id TEXT PRIMARY KEY,
    name TEXT,
    address TEXT,
    erased TEXT
);

CREATE TABLE tokens (
    id TEXT PRIMARY KEY,
    secret BYTEA NOT NULL,
    author TEXT NOT NULL REFERENCES authors (id),
    scopes TEXT NOT NULL,
    graphs TEXT NOT NULL,
    organisations TEXT NOT NULL,
    created TEXT NOT NULL,
    expires TEXT,
    revoked TEXT
);

CREATE TABLE pins (
    number BIGINT PRIMARY KEY REFERENCES commits (number),
    time TEXT NOT NULL
);

CREATE TABLE audit (
    line BIGINT PRIMARY KEY,
    time TEXT NOT NULL,
    token TEXT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    release BIGINT
);

CREATE TABLE submissions (
    id BIGINT PRIMARY KEY,
    time TEXT NOT NULL,
    author TEXT NOT NULL,
    organisation TEXT NOT NULL,
    mode TEXT NOT NULL,
    message TEXT NOT NULL
);

CREATE TABLE submission_documents (
    submission BIGINT NOT NULL REFERENCES submissions (id),
    place BIGINT NOT NULL,
    part TEXT NOT NULL,
    media_type TEXT NOT NULL,
    name TEXT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (submission, place)
);

ALTER TABLE submission_documents ALTER COLUMN content SET STORAGE EXTERNAL;

CREATE TABLE submission_steps (
    line BIGINT PRIMARY KEY,
    submission BIGINT NOT NULL REFERENCES submissions (id),
    time TEXT NOT NULL,
    author TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    release BIGINT NOT NULL,
    report BYTEA NOT NULL,
    adds BYTEA NOT NULL,
    removes BYTEA NOT NULL
);

ALTER TABLE submission_steps
    ALTER COLUMN report SET STORAGE EXTERNAL,
    ALTER COLUMN adds SET STORAGE EXTERNAL,
    ALTER COLUMN removes SET STORAGE EXTERNAL;

CREATE INDEX submission_steps_in_order ON submission_steps (submission, line);

CREATE TABLE submission_states (
    submission BIGINT PRIMARY KEY REFERENCES submissions (id),
    organisation TEXT NOT NULL,
    state TEXT NOT NULL
);

CREATE INDEX submission_states_of_all ON submission_states (state, submission);

CREATE INDEX submission_states_of_one ON submission_states (organisation, state, submission);

CREATE TABLE nodes (
    id TEXT PRIMARY KEY,
    release BIGINT NOT NULL,
    seen DOUBLE PRECISION NOT NULL
);

-- What is only ever added to.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% are not changed or deleted', TG_ARGV[0]
        USING ERRCODE = 'integrity_constraint_violation';
END;
$$;

CREATE TRIGGER commits_are_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON commits
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('commits');

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('audit lines');

CREATE TRIGGER submissions_are_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON submissions
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('submissions');

CREATE TRIGGER submission_documents_are_not_changed
BEFORE UPDATE OR DELETE OR TRUNCATE ON submission_documents
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('documents of submissions');

CREATE TRIGGER submission_steps_are_not_changed
BEFORE UPDATE OR DELETE OR TRUNCATE ON submission_steps
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change('steps of submissions');

-- The state of a submission follows from its steps and the chain.
CREATE FUNCTION step_comes_to_a_state() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO submission_states
    SELECT id, organisation, NEW.state FROM submissions
    WHERE id = NEW.submission
        AND NOT EXISTS (SELECT 1 FROM submission_states WHERE submission = NEW.submission);
    UPDATE submission_states SET state = NEW.state
    WHERE submission = NEW.submission AND state NOT IN ('approved', 'reverted');
    RETURN NULL;
END;
$$;

CREATE TRIGGER submission_steps_come_to_a_state AFTER INSERT ON submission_steps
FOR EACH ROW EXECUTE FUNCTION step_comes_to_a_state();

CREATE FUNCTION commit_tells_of_a_submission() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    found TEXT[] := regexp_match(NEW.source, '^(submission|revert):([1-9][0-9]{0,17})$');
BEGIN
    IF found IS NOT NULL THEN
        UPDATE submission_states
        SET state = CASE found[1] WHEN 'submission' THEN 'approved' ELSE 'reverted' END
        WHERE submission = found[2]::BIGINT;
    END IF;
    RETURN NULL;
END;
$$;

CREATE TRIGGER commits_tell_of_submissions AFTER INSERT ON commits
FOR EACH ROW EXECUTE FUNCTION commit_tells_of_a_submission();
