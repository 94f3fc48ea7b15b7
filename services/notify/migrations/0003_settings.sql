-- Every version of the settings, as the other services keep them. What was heard before is taken from the book, council
-- by council, as row-level security has it.

create table read.settings (
    council text not null,
    version integer not null,
    in_force_from timestamptz not null,
    document jsonb not null,
    primary key (council, version)
);

do $$
declare
    this text;
begin
    for this in select council from ledger.head where lane = 'book' loop
        perform set_config('panelbook.council', this, true);
        insert into read.settings (council, version, in_force_from, document)
        select council, (data ->> 'version')::integer, (data ->> 'in_force_from')::timestamptz, data -> 'settings'
        from (
            select council, convert_from(payload, 'UTF8')::jsonb -> 'data' as data from ledger.row
            where council = this and kind = 'heard' and starts_with(name, 'uk.panelbook.routing.settings.published')
        ) heard;
    end loop;
end $$;
