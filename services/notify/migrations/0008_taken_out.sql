-- Who was named in error in a family, and of which kind an application is: who is informed hangs on both. The kinds of what
-- was heard before are taken from the book, council by council, as row-level security has it.

create table read.taken_out (
    council text not null,
    application text not null,
    party text not null,
    since timestamptz not null,
    primary key (council, application, party)
);

alter table read.application add column kind text not null default '';

do $$
declare
    this text;
begin
    for this in select council from ledger.head where lane = 'book' loop
        perform set_config('panelbook.council', this, true);
        update read.application asked set kind = heard.data ->> 'kind'
        from (
            select distinct on (data ->> 'application') data from (
                select position, convert_from(payload, 'UTF8')::jsonb -> 'data' as data from ledger.row
                where council = this and kind = 'heard'
                and starts_with(name, 'uk.panelbook.intake.application.submitted')
            ) every order by data ->> 'application', position desc
        ) heard
        where asked.council = this and asked.application = heard.data ->> 'application';
    end loop;
end $$;
