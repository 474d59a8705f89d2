-- A ledger as version 4 of its schema kept it.
BEGIN TRANSACTION;
CREATE TABLE audit (
    line INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,
    token TEXT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    release INTEGER
);
INSERT INTO "audit" VALUES(1,'2026-03-01T12:30:02.000250Z','operator','test','done',NULL);
CREATE TABLE authors (
    id TEXT PRIMARY KEY,
    name TEXT,
    address TEXT,
    erased TEXT
);
INSERT INTO "authors" VALUES('f4fb59ce5ec25455a1708b9e','Ann','ann@example.org',NULL);
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
INSERT INTO "commits" VALUES(1,'2026-03-01T12:30:01.000250Z','0f0f0f0f0f0f0f0f0f0f0f0f','Change 1','pack:abc','rules-1','pyoxigraph 0.5.13','0000000000000000000000000000000000000000000000000000000000000000','330ea34af9e643b9d0ba75a0c37c412d38c33477d50e1c02f4940d2c4daf3907',2,0,X'789CAB564ACECF4BCB2FCA2D56B25228292A4DAD05003F5C06BE',X'789CB329B632B453B029B0CAB3535032D4335052B049B74AB453D0E3B241953144C8000046B20BE4',X'789C030000000001');
INSERT INTO "commits" VALUES(2,'2026-03-01T12:30:10.000250Z','0b0b0b0b0b0b0b0b0b0b0b0b','Change 2','submission:2','rules-1','pyoxigraph 0.5.13','330ea34af9e643b9d0ba75a0c37c412d38c33477d50e1c02f4940d2c4daf3907','7859c45cef2732a00038f358771b9f186e94c0b09ffcc9440b3b99af842aefbc',2,1,X'789CAB564ACECF4BCB2FCA2D56B25228292A4DAD05003F5C06BE',X'789CB329B632B253B029B0CAB3535032D2335052B049B74AB453D0E3B241953144C80000472E0BE8',X'789CB329B632B453B029B0CAB3535032D4335052B049B74AB453D0E30200560F05F2');
INSERT INTO "commits" VALUES(3,'2026-03-01T12:30:11.000250Z','0b0b0b0b0b0b0b0b0b0b0b0b','Change 3','submission:3','rules-1','pyoxigraph 0.5.13','7859c45cef2732a00038f358771b9f186e94c0b09ffcc9440b3b99af842aefbc','604250cecdbbcb0e4bd88475d0dc60ac9e4e8a913ebb24635db42ea6961879cd',2,1,X'789CAB564ACECF4BCB2FCA2D56B25228292A4DAD05003F5C06BE',X'789CB329B632B653B029B0CAB3535032D6335052B049B74AB453D0E3B241953144C8000047AA0BEC',X'789CB329B632B253B029B0CAB3535032D2335052B049B74AB453D0E30200563305F4');
INSERT INTO "commits" VALUES(4,'2026-03-01T12:30:12.000250Z','0b0b0b0b0b0b0b0b0b0b0b0b','Change 4','revert:3','rules-1','pyoxigraph 0.5.13','604250cecdbbcb0e4bd88475d0dc60ac9e4e8a913ebb24635db42ea6961879cd','c66e1818112b68b8c506fbecf6f31483f2bf630fd5937eaaf4ca6b691e77dc4b',2,1,X'789CAB564ACECF4BCB2FCA2D56B25228292A4DAD05003F5C06BE',X'789CB329B632B153B029B0CAB3535032D1335052B049B74AB453D0E3B241953144C8000048260BF0',X'789CB329B632B653B029B0CAB3535032D6335052B049B74AB453D0E30200565705F6');
CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    number INTEGER NOT NULL CHECK (typeof(number) = 'integer'),
    digest TEXT NOT NULL CHECK (typeof(digest) = 'text')
);
INSERT INTO "head" VALUES(1,4,'c66e1818112b68b8c506fbecf6f31483f2bf630fd5937eaaf4ca6b691e77dc4b');
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO "meta" VALUES('version','4');
CREATE TABLE pins (
    number INTEGER PRIMARY KEY REFERENCES commits (number),
    time TEXT NOT NULL
);
INSERT INTO "pins" VALUES(1,'2026-03-01T12:30:03.000250Z');
CREATE TABLE submission_documents (
    submission INTEGER NOT NULL REFERENCES submissions (id),
    place INTEGER NOT NULL,
    part TEXT NOT NULL,
    media_type TEXT NOT NULL,
    name TEXT NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (submission, place)
) WITHOUT ROWID;
INSERT INTO "submission_documents" VALUES(1,0,'adds','text/turtle','calq.ttl',X'789CB349B453B04902E2643B053D2E001A3A032D');
INSERT INTO "submission_documents" VALUES(2,0,'adds','text/turtle','calq.ttl',X'789CB349B453B04902E2643B053D2E001A3A032D');
INSERT INTO "submission_documents" VALUES(3,0,'adds','text/turtle','calq.ttl',X'789CB349B453B04902E2643B053D2E001A3A032D');
CREATE TABLE submission_states (
    submission INTEGER PRIMARY KEY REFERENCES submissions (id),
    organisation TEXT NOT NULL,
    state TEXT NOT NULL
);
INSERT INTO "submission_states" VALUES(1,'calq','ready');
INSERT INTO "submission_states" VALUES(2,'calq','approved');
INSERT INTO "submission_states" VALUES(3,'calq','reverted');
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
INSERT INTO "submission_steps" VALUES(1,1,'2026-03-01T12:30:05.000250Z','0a0a0a0a0a0a0a0a0a0a0a0a','ready','why',1,X'789C030000000001',X'789C030000000001',X'789C030000000001');
INSERT INTO "submission_steps" VALUES(2,2,'2026-03-01T12:30:07.000250Z','0a0a0a0a0a0a0a0a0a0a0a0a','ready','why',1,X'789C030000000001',X'789C030000000001',X'789C030000000001');
INSERT INTO "submission_steps" VALUES(3,3,'2026-03-01T12:30:09.000250Z','0a0a0a0a0a0a0a0a0a0a0a0a','ready','why',1,X'789C030000000001',X'789C030000000001',X'789C030000000001');
CREATE TABLE submissions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,
    author TEXT NOT NULL,
    organisation TEXT NOT NULL,
    mode TEXT NOT NULL,
    message TEXT NOT NULL
);
INSERT INTO "submissions" VALUES(1,'2026-03-01T12:30:04.000250Z','0a0a0a0a0a0a0a0a0a0a0a0a','calq','add','why');
INSERT INTO "submissions" VALUES(2,'2026-03-01T12:30:06.000250Z','0a0a0a0a0a0a0a0a0a0a0a0a','calq','add','why');
INSERT INTO "submissions" VALUES(3,'2026-03-01T12:30:08.000250Z','0a0a0a0a0a0a0a0a0a0a0a0a','calq','add','why');
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
INSERT INTO "tokens" VALUES('t1',X'0101010101010101010101010101010101010101010101010101010101010101','f4fb59ce5ec25455a1708b9e','["submit"]','[]','["calq"]','2026-03-01T12:30:00.000250Z',NULL,NULL);
CREATE TRIGGER commits_are_not_changed BEFORE UPDATE ON commits
BEGIN
    SELECT RAISE(ABORT, 'commits are not changed');
END;
CREATE TRIGGER commits_are_not_deleted BEFORE DELETE ON commits
BEGIN
    SELECT RAISE(ABORT, 'commits are not deleted');
END;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit lines are not changed');
END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'audit lines are not deleted');
END;
CREATE INDEX commits_by_source ON commits (source);
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
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('audit',1);
INSERT INTO "sqlite_sequence" VALUES('submissions',3);
INSERT INTO "sqlite_sequence" VALUES('submission_steps',3);
COMMIT;
