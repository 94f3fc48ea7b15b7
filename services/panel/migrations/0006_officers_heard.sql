-- Who is appointed to which role, as it was heard before there was a table for it: an adviser is looked up there from the
-- upgrade on. Council by council, as row-level security has it. What is heard from now on is newer, and stays.

do $$
declare
    this text;
begin
    for this in select council from ledger.head where lane = 'book' loop
        perform set_config('panelbook.council', this, true);
        insert into read.officer (council, officer, role)
        select distinct on (event -> 'data' ->> 'officer')
            council, event -> 'data' ->> 'officer', event -> 'data' ->> 'role'
        from (
            select council, position, convert_from(payload, 'UTF8')::jsonb as event from ledger.row
            where council = this and kind = 'heard' and starts_with(name, 'uk.panelbook.routing.officer.appointed')
        ) heard
        order by event -> 'data' ->> 'officer', position desc
        on conflict (council, officer) do nothing;
    end loop;
end $$;
