-- Keys that seal personal text, one row per council, person and key version. Placeholders are filled by migrate.py.

CREATE SCHEMA vault;

CREATE TABLE vault.person_key (
    council      text        NOT NULL,
    person       text        NOT NULL,
    key_id       integer     NOT NULL CHECK (key_id > 0),
    -- The data key under the deployment's wrapping key, which no database holds. Erasing it erases what it sealed.
    wrapped      bytea,
    -- The server's time: both moments only say how old a key is, nothing is ordered by them.
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    destroyed_at timestamptz,
    PRIMARY KEY (council, person, key_id),
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
);

ALTER TABLE vault.person_key ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY one_council ON vault.person_key USING (council = current_setting('panelbook.council', true));

-- A person who has been erased stays erased, and what stood in the vault stays known.
CREATE FUNCTION vault.refuse_return() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF TG_OP IN ('DELETE', 'TRUNCATE') THEN
        RAISE EXCEPTION 'a key is destroyed by erasing what it wraps; its row stays';
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.destroyed_at IS NOT NULL THEN
        RAISE EXCEPTION 'a destroyed key does not come back';
    END IF;
    IF TG_OP = 'INSERT' AND EXISTS (
        SELECT FROM vault.person_key k
        WHERE k.council = NEW.council AND k.person = NEW.person AND k.destroyed_at IS NOT NULL
    ) THEN
        -- A second insert of the same version must go on to ON CONFLICT DO NOTHING, hence no row instead of an error.
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER refuse_return BEFORE INSERT OR UPDATE OR DELETE ON vault.person_key
    FOR EACH ROW EXECUTE FUNCTION vault.refuse_return();
CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON vault.person_key
    FOR EACH STATEMENT EXECUTE FUNCTION vault.refuse_return();
ALTER TABLE vault.person_key ENABLE ALWAYS TRIGGER refuse_return, ENABLE ALWAYS TRIGGER refuse_truncate;

-- GRANTS
GRANT USAGE ON SCHEMA vault TO __ROLES__;
GRANT SELECT, INSERT (council, person, key_id, wrapped) ON vault.person_key TO __ROLES__;
-- Only the record service erases people and rotates keys.
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'vault_record') THEN
        GRANT UPDATE (wrapped, destroyed_at), INSERT (destroyed_at) ON vault.person_key TO vault_record;
        GRANT USAGE ON SCHEMA vault TO vault_record;
    END IF;
END
$$;
