-- On which day each sitting is, and for which forum an application was handed in: whoever waits for a sitting that is not
-- scheduled yet is told so. What was heard before is taken from the book, council by council, as row-level security has it.

alter table read.sitting add column sits_on date;
alter table read.application add column forum text not null default '';

do $$
declare
    this text;
begin
    for this in select council from ledger.head where lane = 'book' loop
        perform set_config('panelbook.council', this, true);
        update read.sitting known set
            sits_on = ((heard.data ->> 'starts_at')::timestamptz at time zone 'Europe/London')::date
        from (
            select distinct on (data ->> 'sitting') data from (
                select position, convert_from(payload, 'UTF8')::jsonb -> 'data' as data from ledger.row
                where council = this and kind = 'heard'
                and starts_with(name, 'uk.panelbook.panel.sitting.scheduled')
            ) every order by data ->> 'sitting', position desc
        ) heard
        where known.council = this and known.sitting = heard.data ->> 'sitting';
        update read.application asked set forum = coalesce(heard.data ->> 'forum', '')
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
