-- Who is an officer of the council, and in which role: whoever a form names as manager is one. What was heard before is
-- taken from the book, council by council, as row-level security has it.

create table read.officer (
    council text not null,
    officer text not null,
    role text not null,
    primary key (council, officer)
);

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
        order by event -> 'data' ->> 'officer', position desc;
    end loop;
end $$;
