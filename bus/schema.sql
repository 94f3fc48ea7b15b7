-- What one service's consumer knows about its own reading: where each source has got to, the next offsets, and what
-- could not be handled yet. Applied by ledger/migrate.py after the ledger's own schema; __APP__ and __OWNER__ stand for
-- the service's roles. These tables live in the service's database, so that they commit with the ledger rows.

CREATE SCHEMA bus;

-- The newest event seen of each source, handled or parked: anything up to it is a duplicate, anything but the next one
-- is a gap. `unreadable` counts messages whose place in the order could not be read; each excuses one missing sequence.
CREATE TABLE bus.progress (
    council text NOT NULL,
    source text NOT NULL,
    epoch integer NOT NULL,
    sequence bigint NOT NULL,
    unreadable integer NOT NULL DEFAULT 0 CHECK (unreadable >= 0),
    PRIMARY KEY (council, source)
);

-- The end of each source's trail as verified so far (only the record service has rows here).
CREATE TABLE bus.trail_head (
    council text NOT NULL,
    source text NOT NULL,
    lane text NOT NULL CHECK (lane IN ('book', 'access')),
    epoch integer NOT NULL,
    position bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    chain bytea NOT NULL CHECK (octet_length(chain) = 32),
    PRIMARY KEY (council, source, lane)
);

-- Where to read on. Partitions hold many councils, so this table knows none.
CREATE TABLE bus.consumer_offset (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL CHECK (next_offset >= 0),
    PRIMARY KEY (topic, partition)
);

-- Messages that could not be handled, in the order in which they are to be. Sealed content stays sealed in `value`.
--   PARKED    failed; tried again by itself at `next_try_at`
--   WAITING   something it needs has not been heard yet; tried again soon, and whenever something new arrives
--   BEHIND    not tried: an earlier message of the same subject, or one that stops the council, stands in front
--   FAILED    tried in vain as often as allowed, or unreadable: an operator replays or drops it
--   DROPPED   given up by an operator; kept as evidence
CREATE TABLE bus.parked (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    council text NOT NULL,
    subject text NOT NULL,
    stops_council boolean NOT NULL,
    state text NOT NULL CHECK (state IN ('PARKED', 'WAITING', 'BEHIND', 'FAILED', 'DROPPED')),
    reason text NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    parked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    source text NOT NULL,
    type text NOT NULL,
    epoch integer NOT NULL,
    sequence bigint NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    headers json NOT NULL, -- json and not jsonb, which refuses a zero byte in a header.
    value bytea NOT NULL,
    dropped_by text NOT NULL DEFAULT '',
    dropped_reason text NOT NULL DEFAULT '',
    dropped_at timestamptz,
    UNIQUE (council, topic, partition, "offset")
);
CREATE INDEX parked_order ON bus.parked (council, id) WHERE state <> 'DROPPED';

-- What an operator and the retry loop see of every council: where things stand, and none of the content.
CREATE VIEW bus.parked_index AS
    SELECT id, council, subject, stops_council, state, reason, tries, next_try_at, parked_at, source, type, epoch,
           sequence, topic, partition, "offset", dropped_by, dropped_reason, dropped_at
    FROM bus.parked;

ALTER TABLE bus.progress ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE bus.trail_head ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE bus.parked ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY one_council ON bus.progress USING (council = current_setting('panelbook.council', true));
CREATE POLICY one_council ON bus.trail_head USING (council = current_setting('panelbook.council', true));
CREATE POLICY one_council ON bus.parked USING (council = current_setting('panelbook.council', true));
-- The view runs with its owner's eyes; the owner does not log in at run time.
CREATE POLICY indexing ON bus.parked FOR SELECT TO __OWNER__ USING (true);

GRANT USAGE ON SCHEMA bus TO __APP__;
GRANT SELECT, INSERT, UPDATE, DELETE ON bus.progress, bus.trail_head, bus.consumer_offset TO __APP__;
GRANT SELECT, INSERT, UPDATE, DELETE ON bus.parked TO __APP__;
GRANT SELECT ON bus.parked_index TO __APP__;
