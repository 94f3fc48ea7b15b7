-- A read model whose rows make COMMIT itself fail: the checks are deferred to the end of the transaction.
CREATE TABLE read.counted (
    council text NOT NULL,
    counter text NOT NULL,
    label text NOT NULL,
    PRIMARY KEY (council, counter)
);

CREATE FUNCTION read.at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.label = 'refuse' THEN
        RAISE EXCEPTION 'refused at COMMIT' USING ERRCODE = 'integrity_constraint_violation';
    ELSIF NEW.label = 'lock' THEN
        RAISE EXCEPTION 'a lock at COMMIT' USING ERRCODE = 'lock_not_available';
    ELSIF NEW.label = 'cut' THEN
        PERFORM pg_terminate_backend(pg_backend_pid());
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON read.counted
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION read.at_commit();
