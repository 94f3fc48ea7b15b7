-- What has become of an application is told by the moments at which the books recorded it. What was heard before is taken
-- from the book, council by council, as row-level security has it.

alter table read.application add column submitted_at timestamptz;

do $$
declare
    this text;
begin
    for this in select council from ledger.head where lane = 'book' loop
        perform set_config('panelbook.council', this, true);
        update read.application set submitted_at = received_at where council = this;
        update read.application asked set submitted_at = (heard.said ->> 'time')::timestamptz
        from (
            select distinct on (said -> 'data' ->> 'application') said from (
                select position, convert_from(payload, 'UTF8')::jsonb as said from ledger.row
                where council = this and kind = 'heard'
                and starts_with(name, 'uk.panelbook.intake.application.submitted')
            ) every order by said -> 'data' ->> 'application', position desc
        ) heard
        where asked.council = this and asked.application = heard.said -> 'data' ->> 'application';
        update read.application asked set informed_at = (heard.said ->> 'time')::timestamptz
        from (
            select distinct on (said -> 'data' ->> 'application') said from (
                select position, convert_from(payload, 'UTF8')::jsonb as said from ledger.row
                where council = this and kind = 'heard'
                and starts_with(name, 'uk.panelbook.intake.application.further_information_given')
            ) every order by said -> 'data' ->> 'application', position desc
        ) heard
        where asked.council = this and asked.application = heard.said -> 'data' ->> 'application';
    end loop;
end $$;
