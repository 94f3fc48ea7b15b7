-- The ledger of one service: many councils, each with its own gapless, hash-chained order of rows.
--
-- Applied once per database by ledger/migrate.py, as the service's owner role. __OWNER__, __APP__ and __RELAY__ stand
-- for the service's three roles. The app role may read its council's rows and call the functions below; it can write
-- neither rows nor heads by itself. The relay role may read every council and move its bookmark, nothing else.

CREATE SCHEMA ledger;
CREATE SCHEMA read;

CREATE TABLE ledger.migration (
    name text PRIMARY KEY,
    digest bytea NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- The end of one council's lane. Its row lock is what makes one writer at a time, and so a gapless order.
-- No CHECK here and on ledger.row: PostgreSQL makes each ready anew for every statement, together a third of an append's
-- work. Nobody but the functions below may write to either, and these look at what they are given.
CREATE TABLE ledger.head (
    council text NOT NULL,
    lane text NOT NULL,
    epoch integer NOT NULL DEFAULT 1,
    position bigint NOT NULL DEFAULT 0,
    recorded_at timestamptz NOT NULL DEFAULT 'epoch',
    chain bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'),
    events_sequence bigint NOT NULL DEFAULT 0,
    decisions_sequence bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (council, lane)
) WITH (fillfactor = 50); -- One row rewritten at every append: room for it on its own page.

-- The columns stand in the order in which the leaf covers them (ledger/leaf.py). Every unique key holds the council,
-- so that no error message can tell of another council's row.
CREATE TABLE ledger.row (
    council text NOT NULL,
    lane text NOT NULL,
    epoch integer NOT NULL,
    position bigint NOT NULL,
    kind text NOT NULL, -- decided, or heard in the lane book
    stream text NOT NULL,
    version integer NOT NULL,
    source text NOT NULL,
    source_epoch integer NOT NULL,
    source_sequence bigint NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    schema integer NOT NULL,
    received_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor text NOT NULL,
    role text NOT NULL,
    command_id uuid NOT NULL,
    correlation_id uuid NOT NULL,
    cause text NOT NULL,
    payload bytea NOT NULL,
    leaf bytea NOT NULL,
    chain bytea NOT NULL,
    PRIMARY KEY (council, lane, position)
);
CREATE UNIQUE INDEX row_stream ON ledger.row (council, lane, stream, version) WHERE kind = 'decided';
CREATE UNIQUE INDEX row_heard ON ledger.row (council, source, source_epoch, source_sequence) WHERE kind = 'heard';

-- Public events on their way out, their bytes and their dense sequence fixed under the head lock.
CREATE TABLE ledger.outbox (
    council text NOT NULL,
    lane text NOT NULL CHECK (lane IN ('events', 'decisions')),
    sequence bigint NOT NULL CHECK (sequence >= 1),
    epoch integer NOT NULL,
    position bigint NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    headers jsonb NOT NULL,
    value bytea NOT NULL,
    PRIMARY KEY (council, lane, sequence)
);

-- What each command led to, so that the same command gets the same answer again.
CREATE TABLE ledger.outcome (
    council text NOT NULL,
    lane text NOT NULL,
    command_id uuid NOT NULL,
    fingerprint bytea NOT NULL,
    answer json NOT NULL, -- json and not jsonb: the answer comes back letter for letter.
    first_position bigint NOT NULL,
    last_position bigint NOT NULL,
    PRIMARY KEY (council, lane, command_id)
);

-- The newest promise per council: no row after this position will carry a recorded_at up to this moment.
CREATE TABLE ledger.mark (
    council text PRIMARY KEY,
    epoch integer NOT NULL,
    position bigint NOT NULL,
    moment timestamptz NOT NULL
);

-- The newest moment promised to anybody; every later row is recorded after it. One row, and no council's secret.
CREATE TABLE ledger.floor (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    moment timestamptz NOT NULL
);
INSERT INTO ledger.floor (moment) VALUES ('epoch');

-- How far the relay has got: a position for the lanes book and access, a sequence for events and decisions, and for
-- marks the moment in microseconds since 1970.
CREATE TABLE ledger.bookmark (
    council text NOT NULL,
    lane text NOT NULL CHECK (lane IN ('book', 'access', 'events', 'decisions', 'marks')),
    reached bigint NOT NULL,
    PRIMARY KEY (council, lane)
);

-- History is appended to. The triggers fire always, so a session cannot switch them off by a setting.
CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'APPEND_ONLY: % of ledger.% is refused', tg_op, tg_table_name USING ERRCODE = 'PB403';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.row EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.outbox EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.outcome EXECUTE FUNCTION ledger.refuse_change();
ALTER TABLE ledger.row ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE ledger.outbox ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE ledger.outcome ENABLE ALWAYS TRIGGER append_only;

CREATE FUNCTION ledger.microseconds(moment timestamptz) RETURNS text LANGUAGE sql STABLE
    RETURN (extract(epoch FROM moment) * 1000000)::bigint::text;

-- The leaf of a row (ledger/leaf.py says it in Python). As it is sent, an array has 20 bytes of head and then each element
-- after its 4-byte length, which is what a leaf covers; text is sent in the client's encoding, and ours is always UTF-8.
-- Plain SQL, so that the planner writes it out inline.
CREATE FUNCTION ledger.leaf(
    council text, lane text, epoch integer, "position" bigint, kind text, stream text, version integer, source text,
    source_epoch integer, source_sequence bigint, id uuid, name text, schema integer, received_at timestamptz,
    recorded_at timestamptz, actor text, role text, command_id uuid, correlation_id uuid, cause text, payload bytea
) RETURNS bytea LANGUAGE sql STABLE
    RETURN sha256('\x00'::bytea
        || substr(array_send(ARRAY[council, lane, epoch::text, "position"::text, kind, stream, version::text, source,
                                   source_epoch::text, source_sequence::text]), 21)
        || substr(array_send(ARRAY[id]), 21)
        || substr(array_send(ARRAY[name, schema::text, ledger.microseconds(received_at),
                                   ledger.microseconds(recorded_at), actor, role]), 21)
        || substr(array_send(ARRAY[command_id, correlation_id]), 21)
        || substr(array_send(ARRAY[convert_to(cause, 'UTF8'), payload]), 21));

-- The head of a lane that has no row yet.
CREATE FUNCTION ledger.begin_lane(for_council text, for_lane text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF for_council = '' OR for_lane NOT IN ('book', 'access') THEN
        RAISE EXCEPTION 'NO_SUCH_LANE: a lane is the book or the access lane of a council' USING ERRCODE = 'PB422';
    END IF;
    INSERT INTO ledger.head (council, lane) VALUES (for_council, for_lane) ON CONFLICT DO NOTHING;
END $$;

-- Open a unit of work: name the council, keep marks away (shared lock), become its lane's only writer (row lock).
CREATE FUNCTION ledger.open(
    for_council text, for_lane text,
    OUT epoch integer, OUT "position" bigint, OUT recorded_at timestamptz, OUT chain bytea
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE -- Assigned and not performed: an expression costs a tenth of a statement.
    named text;
    held text;
BEGIN
    named := set_config('panelbook.council', for_council, true);
    held := pg_advisory_xact_lock_shared(7215640011)::text;
    LOOP
        SELECT h.epoch, h.position, h.recorded_at, h.chain INTO epoch, position, recorded_at, chain
        FROM ledger.head h WHERE h.council = for_council AND h.lane = for_lane FOR UPDATE;
        EXIT WHEN FOUND;
        PERFORM ledger.begin_lane(for_council, for_lane);
    END LOOP;
END $$;

-- Looking into the book by stream and by source. Before a table's first ANALYZE the planner takes the primary key, whose
-- first two columns hold a council's whole book, to be as good as the index that fits, and reads all of it, sorting.
-- Without sorting only the index that fits is left; the ORDER BY of each is there for that.
CREATE FUNCTION ledger.stream(for_council text, for_lane text, of_stream text, since integer)
RETURNS SETOF ledger.row LANGUAGE sql STABLE SET enable_sort = off
BEGIN ATOMIC
    SELECT r.* FROM ledger.row r
    WHERE r.council = for_council AND r.lane = for_lane AND r.stream = of_stream AND r.version >= since
      AND r.kind = 'decided'
    ORDER BY r.version;
END;
CREATE FUNCTION ledger.versions(for_council text, for_lane text, of_streams text[])
RETURNS TABLE (stream text, version integer) LANGUAGE sql STABLE SET enable_sort = off
BEGIN ATOMIC
    SELECT s.stream, newest.version FROM unnest(of_streams) AS s(stream) CROSS JOIN LATERAL (
        SELECT r.version FROM ledger.row r
        WHERE r.council = for_council AND r.lane = for_lane AND r.stream = s.stream AND r.kind = 'decided'
        ORDER BY r.version DESC LIMIT 1) newest;
END;
CREATE FUNCTION ledger.heard(for_council text, sources text[], source_epochs integer[], source_sequences bigint[])
RETURNS TABLE (source text, source_epoch integer, source_sequence bigint) LANGUAGE sql STABLE SET enable_sort = off
BEGIN ATOMIC
    SELECT h.* FROM unnest(sources, source_epochs, source_sequences) AS h(source, source_epoch, source_sequence)
    CROSS JOIN LATERAL (
        SELECT FROM ledger.row r
        WHERE r.council = for_council AND r.kind = 'heard' AND r.source = h.source
          AND r.source_epoch = h.source_epoch AND r.source_sequence = h.source_sequence
        ORDER BY r.source_sequence LIMIT 1) known;
END;

-- Append a batch of rows of one kind: allot positions and times, compute leaves and chain, insert, move the head. Times:
-- the clock's reading, and always after the head, the cause and the newest mark. Inside of a unit of work or alone, once
-- the council is named.
CREATE FUNCTION ledger.append(
    for_council text, for_lane text, for_kind text, received timestamptz, clock timestamptz, caused timestamptz,
    by_actor text, by_role text, by_command uuid, by_cause text,
    streams text[], versions integer[], sources text[], source_epochs integer[], source_sequences bigint[],
    ids uuid[], names text[], schemas integer[], correlations uuid[], payloads bytea[]
) RETURNS TABLE (epoch integer, "position" bigint, recorded_at timestamptz, leaf bytea, chain bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_sort = off AS $$
#variable_conflict use_column
DECLARE
    head record;
    held text;
    first_at timestamptz;
BEGIN
    held := pg_advisory_xact_lock_shared(7215640011)::text;
    LOOP
        SELECT h.epoch, h.position, h.recorded_at, h.chain, f.moment INTO head
        FROM ledger.head h, ledger.floor f WHERE h.council = for_council AND h.lane = for_lane FOR UPDATE OF h;
        EXIT WHEN FOUND;
        PERFORM ledger.begin_lane(for_council, for_lane);
    END LOOP;
    first_at := greatest(clock, head.recorded_at + interval '1 microsecond', caused + interval '1 microsecond',
                         head.moment + interval '1 microsecond');
    IF for_kind <> 'decided' AND (for_kind <> 'heard' OR for_lane <> 'book') THEN
        RAISE EXCEPTION 'NO_SUCH_KIND: a row is decided, or heard in the book' USING ERRCODE = 'PB422';
    END IF;
    IF cardinality(ids) <> 1 THEN
        RETURN QUERY SELECT * FROM ledger.append_many(
            for_council, for_lane, for_kind, received, first_at, by_actor, by_role, by_command, by_cause, streams,
            versions, sources, source_epochs, source_sequences, ids, names, schemas, correlations, payloads,
            head.epoch, head.position, head.chain);
        RETURN;
    END IF;

    -- One row is what nearly every command stores: each step an expression or the smallest of statements.
    IF octet_length(payloads[1]) > 524288 THEN -- ledger.rows.MAX_PAYLOAD
        RAISE EXCEPTION 'TOO_LARGE: a payload is larger than a row may hold' USING ERRCODE = 'PB413';
    END IF;
    -- The version before must be there; that no later one is, is for the key row_stream to say. The ORDER BY is there for
    -- the index, as above.
    IF for_kind = 'decided' AND versions[1] <> 1 AND versions[1] - 1 IS DISTINCT FROM (
        SELECT r.version FROM ledger.row r
        WHERE r.council = for_council AND r.lane = for_lane AND r.stream = streams[1] AND r.kind = 'decided'
            AND r.version >= versions[1] - 1
        ORDER BY r.version LIMIT 1) THEN
        RAISE EXCEPTION 'STALE_VERSION: a draft does not follow its stream' USING ERRCODE = 'PB412';
    END IF;
    epoch := head.epoch;
    position := head.position + 1;
    recorded_at := first_at;
    leaf := ledger.leaf(for_council, for_lane, epoch, position, for_kind, streams[1], versions[1], sources[1],
                        source_epochs[1], source_sequences[1], ids[1], names[1], schemas[1], received, first_at,
                        by_actor, by_role, by_command, correlations[1], by_cause, payloads[1]);
    chain := sha256(head.chain || leaf);
    INSERT INTO ledger.row VALUES (
        for_council, for_lane, head.epoch, head.position + 1, for_kind, streams[1], versions[1], sources[1],
        source_epochs[1], source_sequences[1], ids[1], names[1], schemas[1], received, first_at, by_actor, by_role,
        by_command, correlations[1], by_cause, payloads[1], append.leaf, append.chain);
    UPDATE ledger.head h SET position = head.position + 1, recorded_at = first_at, chain = append.chain
    WHERE h.council = for_council AND h.lane = for_lane;
    RETURN NEXT;
END $$;

-- The part of ledger.append for any number of rows, behind a head that it has locked. Nobody else calls it.
CREATE FUNCTION ledger.append_many(
    for_council text, for_lane text, for_kind text, received timestamptz, first_at timestamptz,
    by_actor text, by_role text, by_command uuid, by_cause text,
    streams text[], versions integer[], sources text[], source_epochs integer[], source_sequences bigint[],
    ids uuid[], names text[], schemas integer[], correlations uuid[], payloads bytea[],
    head_epoch integer, head_position bigint, head_chain bytea
) RETURNS TABLE (epoch integer, "position" bigint, recorded_at timestamptz, leaf bytea, chain bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET enable_sort = off
SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
    given record;
    leaves bytea[];
    chains bytea[];
BEGIN
    IF EXISTS (SELECT FROM unnest(payloads) AS p(payload) WHERE octet_length(p.payload) > 524288) THEN
        RAISE EXCEPTION 'TOO_LARGE: a payload is larger than a row may hold' USING ERRCODE = 'PB413';
    END IF;
    IF for_kind = 'decided' AND EXISTS (
        SELECT FROM (
            SELECT u.stream, u.version, row_number() OVER (PARTITION BY u.stream ORDER BY u.n) AS step
            FROM unnest(streams, versions) WITH ORDINALITY AS u(stream, version, n)
        ) given
        WHERE given.version <> given.step + coalesce((
            SELECT r.version FROM ledger.row r
            WHERE r.council = for_council AND r.lane = for_lane AND r.stream = given.stream AND r.kind = 'decided'
            ORDER BY r.version DESC LIMIT 1), 0)
    ) THEN
        RAISE EXCEPTION 'STALE_VERSION: a draft does not follow its stream' USING ERRCODE = 'PB412';
    END IF;

    chain := head_chain;
    FOR given IN
        SELECT u.n, ledger.leaf(for_council, for_lane, head_epoch, head_position + u.n, for_kind, u.stream, u.version,
                                u.source, u.source_epoch, u.source_sequence, u.id, u.name, u.schema, received,
                                first_at + (u.n - 1) * interval '1 microsecond', by_actor, by_role, by_command,
                                u.correlation_id, by_cause, u.payload) AS leaf
        FROM unnest(streams, versions, sources, source_epochs, source_sequences, ids, names, schemas, correlations,
                    payloads)
            WITH ORDINALITY AS u(stream, version, source, source_epoch, source_sequence, id, name, schema,
                                 correlation_id, payload, n)
    LOOP
        chain := sha256(chain || given.leaf);
        leaves[given.n] := given.leaf;
        chains[given.n] := chain;
    END LOOP;
    INSERT INTO ledger.row
    SELECT for_council, for_lane, head_epoch, head_position + u.n, for_kind, u.stream, u.version, u.source,
           u.source_epoch, u.source_sequence, u.id, u.name, u.schema, received,
           first_at + (u.n - 1) * interval '1 microsecond', by_actor, by_role, by_command, u.correlation_id, by_cause,
           u.payload, u.leaf, u.chain
    FROM unnest(streams, versions, sources, source_epochs, source_sequences, ids, names, schemas, correlations,
                payloads, leaves, chains)
        WITH ORDINALITY AS u(stream, version, source, source_epoch, source_sequence, id, name, schema,
                             correlation_id, payload, leaf, chain, n);
    UPDATE ledger.head h SET position = head_position + cardinality(ids), chain = append_many.chain,
                             recorded_at = first_at + (cardinality(ids) - 1) * interval '1 microsecond'
    WHERE h.council = for_council AND h.lane = for_lane;
    RETURN QUERY
    SELECT head_epoch, head_position + u.n, first_at + (u.n - 1) * interval '1 microsecond', u.leaf, u.chain
    FROM unnest(leaves, chains) WITH ORDINALITY AS u(leaf, chain, n);
END $$;

-- Put public events into the outbox behind `after`, the newest sequence that the caller has seen under the head lock.
CREATE FUNCTION ledger.publish(
    for_council text, for_lane text, after bigint,
    positions bigint[], types text[], subjects text[], headers text[], event_values bytea[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    head ledger.head;
    reached bigint;
BEGIN
    SELECT * INTO STRICT head FROM ledger.head h WHERE h.council = for_council AND h.lane = 'book' FOR UPDATE;
    reached := CASE for_lane WHEN 'events' THEN head.events_sequence ELSE head.decisions_sequence END;
    IF reached <> after THEN
        RAISE EXCEPTION 'STALE_SEQUENCE: the outbox has moved on' USING ERRCODE = 'PB412';
    END IF;
    INSERT INTO ledger.outbox (council, lane, sequence, epoch, position, type, subject, headers, value)
    SELECT for_council, for_lane, reached + u.n, head.epoch, u.at, u.type, u.subject, u.headers::jsonb, u.value
    FROM unnest(positions, types, subjects, headers, event_values)
        WITH ORDINALITY AS u(at, type, subject, headers, value, n);
    UPDATE ledger.head h SET
        events_sequence = events_sequence + CASE for_lane WHEN 'events' THEN cardinality(types) ELSE 0 END,
        decisions_sequence = decisions_sequence + CASE for_lane WHEN 'decisions' THEN cardinality(types) ELSE 0 END
    WHERE h.council = for_council AND h.lane = 'book';
END $$;

-- Promise, for every council at once, that no later row will carry a recorded_at up to the moment returned. The
-- exclusive lock waits until no unit of work is open, so none that started earlier can still record below it.
CREATE FUNCTION ledger.make_marks(clock timestamptz) RETURNS SETOF ledger.mark
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    promised timestamptz;
BEGIN
    PERFORM pg_advisory_xact_lock(7215640011);
    UPDATE ledger.floor f SET moment = greatest(f.moment, clock) RETURNING f.moment INTO STRICT promised;
    -- A council's rows may run some microseconds ahead of the clock, and its next row comes after them anyway: its own
    -- mark covers them, so that "as at the newest row" can be asked for even while a settable clock stands still. Only
    -- its own: no council's time moves another's.
    RETURN QUERY
    INSERT INTO ledger.mark AS m (council, epoch, position, moment)
    SELECT h.council, h.epoch, h.position, greatest(promised, h.recorded_at) FROM ledger.head h WHERE h.lane = 'book'
    ON CONFLICT (council) DO UPDATE
        SET epoch = excluded.epoch, position = excluded.position, moment = excluded.moment
    RETURNING m.*;
END $$;

-- One council, one world: FORCE holds for the owner too, and so inside the functions above.
ALTER TABLE ledger.head ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger.row ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger.outbox ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger.outcome ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger.mark ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
ALTER TABLE ledger.bookmark ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY one_council ON ledger.head USING (council = current_setting('panelbook.council', true));
CREATE POLICY one_council ON ledger.row USING (council = current_setting('panelbook.council', true));
CREATE POLICY one_council ON ledger.outbox USING (council = current_setting('panelbook.council', true));
CREATE POLICY one_council ON ledger.outcome USING (council = current_setting('panelbook.council', true));
CREATE POLICY one_council ON ledger.mark USING (council = current_setting('panelbook.council', true));
-- A mark is made for every council in one statement, by the function only: the owner does not log in at run time.
CREATE POLICY marking ON ledger.head FOR SELECT TO __OWNER__ USING (true);
CREATE POLICY marking ON ledger.mark TO __OWNER__ USING (true);
-- The relay carries every council's rows to the topics.
CREATE POLICY relaying ON ledger.head FOR SELECT TO __RELAY__ USING (true);
CREATE POLICY relaying ON ledger.row FOR SELECT TO __RELAY__ USING (true);
CREATE POLICY relaying ON ledger.outbox FOR SELECT TO __RELAY__ USING (true);
CREATE POLICY relaying ON ledger.mark FOR SELECT TO __RELAY__ USING (true);
CREATE POLICY relaying ON ledger.bookmark TO __RELAY__ USING (true);

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA ledger FROM PUBLIC;
GRANT USAGE ON SCHEMA ledger TO __APP__, __RELAY__;
GRANT USAGE ON SCHEMA read TO __APP__;
GRANT SELECT ON ledger.head, ledger.row, ledger.outbox, ledger.mark, ledger.floor TO __APP__;
GRANT SELECT, INSERT ON ledger.outcome TO __APP__;
GRANT EXECUTE ON FUNCTION ledger.open, ledger.stream, ledger.versions, ledger.heard, ledger.append, ledger.publish,
    ledger.make_marks TO __APP__;
GRANT SELECT ON ledger.head, ledger.row, ledger.outbox, ledger.mark TO __RELAY__;
GRANT SELECT, INSERT, UPDATE ON ledger.bookmark TO __RELAY__;
