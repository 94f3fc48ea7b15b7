-- Whose an application is, for lists that show everybody their own. What was heard before is taken from the book, council
-- by council, as row-level security has it.

alter table read.application
    add column team text not null default '',
    add column service text not null default '',
    add column service_manager text not null default '';

do $$
declare
    this text;
begin
    for this in select council from ledger.head where lane = 'book' loop
        perform set_config('panelbook.council', this, true);
        update read.application asked set
            team = heard.data ->> 'team',
            service = heard.data ->> 'service',
            service_manager = heard.data ->> 'service_manager'
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
