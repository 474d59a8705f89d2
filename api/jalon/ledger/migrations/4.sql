-- From version 3 to 4: submissions are found by their states.

-- Which state each submission is in, so that those of a state are found without looking at all. It
-- follows from the steps and the chain, and is kept by whatever writes these.
CREATE TABLE submission_states (
    submission INTEGER PRIMARY KEY REFERENCES submissions (id),
    organisation TEXT NOT NULL,
    state TEXT NOT NULL
);

INSERT INTO submission_states
SELECT id, organisation,
    CASE
        WHEN EXISTS (SELECT 1 FROM commits WHERE source = 'revert:' || id) THEN 'reverted'
        WHEN EXISTS (SELECT 1 FROM commits WHERE source = 'submission:' || id) THEN 'approved'
        ELSE (
            SELECT state FROM submission_steps WHERE submission = id ORDER BY line DESC LIMIT 1
        )
    END
FROM submissions;

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
