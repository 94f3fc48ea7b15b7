-- What bears no place in its council's sequence stands aside and holds nobody up; what waits in its topic, behind a
-- message that is missing or for a newer release, stands in the same table as what is parked, so that one list has all.
--   ASIDE     no message of ours, as far as it says: nothing waits for it; dropped by an operator once its sender is known
--   MISSING   left in its topic: an earlier message of its source has not come; its row goes when it is read in its turn
--   NEWER     left in its topic: this release does not know it; its row goes when a release that does has read it
-- bus.progress.unreadable is no longer read; it stays for workers of the release before.

ALTER TABLE bus.parked DROP CONSTRAINT parked_state_check;
ALTER TABLE bus.parked ADD CONSTRAINT parked_state_check
    CHECK (state IN ('PARKED', 'WAITING', 'BEHIND', 'FAILED', 'DROPPED', 'ASIDE', 'MISSING', 'NEWER'));

-- What stopped a council although it had no place lets it go on, council by council, as row-level security has it.
DO $$
DECLARE
    this text;
BEGIN
    FOR this IN SELECT DISTINCT council FROM bus.parked LOOP
        PERFORM set_config('panelbook.council', this, true);
        UPDATE bus.parked SET state = 'ASIDE', stops_council = false
        WHERE council = this AND state <> 'DROPPED' AND sequence = 0 AND type <> 'trail';
    END LOOP;
END $$;
