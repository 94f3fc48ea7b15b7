-- What a service keeps beside its ledger: sealed files, whose digests stand in events, and drafts, which are no events.
-- Neither can be folded from the ledger, so none of it lies in the schema `read`. __APP__ stands for the service's role.

CREATE SCHEMA kept;

-- A sealed file, addressed by a fingerprint under its person's key. `holds` counts the events that name it: raised and
-- lowered in the transactions that store them. One that nothing holds was left behind by a command that came to nothing.
CREATE TABLE kept.file (
    council text NOT NULL CHECK (council <> ''),
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 32),
    person text NOT NULL,
    -- The place that it was sealed for.
    stream text NOT NULL,
    field text NOT NULL,
    size bigint NOT NULL CHECK (size >= 0),
    head bytea NOT NULL,
    pieces integer NOT NULL CHECK (pieces > 0),
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    holds integer NOT NULL DEFAULT 0 CHECK (holds >= 0),
    -- The server's time: it only says how long nobody has asked for a file that nothing holds.
    touched_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (council, fingerprint)
);
CREATE INDEX file_let_go ON kept.file (council, touched_at) WHERE holds = 0;

CREATE TABLE kept.piece (
    council text NOT NULL,
    fingerprint bytea NOT NULL,
    number integer NOT NULL CHECK (number >= 0),
    sealed bytea NOT NULL,
    PRIMARY KEY (council, fingerprint, number),
    FOREIGN KEY (council, fingerprint) REFERENCES kept.file ON DELETE CASCADE
);
-- Ciphertext does not get smaller by being compressed.
ALTER TABLE kept.piece ALTER COLUMN sealed SET STORAGE EXTERNAL;

-- What somebody is writing and has not yet made an event of, every save a version. `box` is sealed text (ledger/vault.py)
-- for this stream and field; it is NULL once the draft has been cleared, so that numbers are never given twice.
CREATE TABLE kept.draft (
    council text NOT NULL CHECK (council <> ''),
    stream text NOT NULL,
    field text NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    person text NOT NULL,
    box text,
    saved_by text NOT NULL,
    saved_at timestamptz NOT NULL,
    command_id uuid NOT NULL,
    PRIMARY KEY (council, stream, field, version)
);

ALTER TABLE kept.file ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE kept.piece ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE kept.draft ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY one_council ON kept.file USING (council = current_setting('panelbook.council', true));
CREATE POLICY one_council ON kept.piece USING (council = current_setting('panelbook.council', true));
CREATE POLICY one_council ON kept.draft USING (council = current_setting('panelbook.council', true));

-- What was sealed is never written over: a file comes, is held and let go, and goes.
GRANT USAGE ON SCHEMA kept TO __APP__;
GRANT SELECT, INSERT, DELETE, UPDATE (holds, touched_at) ON kept.file TO __APP__;
GRANT SELECT, INSERT, DELETE ON kept.piece TO __APP__;
GRANT SELECT, INSERT, DELETE, UPDATE (box) ON kept.draft TO __APP__;
