-- Tokens of the words of names, by which applications are found (services/intake/search). They are no events and cannot be
-- folded from the ledger without the vault, so they lie in the schema `kept`, and the worker makes them from what it reads.

create table kept.name_token (
    council text not null check (council <> ''),
    token bytea not null,
    application text not null,
    person text not null,
    primary key (council, token, application, person)
);
create index name_token_application on kept.name_token (council, application);
create index name_token_person on kept.name_token (council, person);

-- Up to which row of a council's book tokens were made, and under which key.
create table kept.name_mark (
    council text primary key check (council <> ''),
    mark bytea not null,
    epoch integer not null,
    position bigint not null
);

alter table kept.name_token enable row level security, force row level security;
alter table kept.name_mark enable row level security, force row level security;
create policy one_council on kept.name_token using (council = current_setting('panelbook.council', true));
create policy one_council on kept.name_mark using (council = current_setting('panelbook.council', true));
grant select, insert, delete on kept.name_token to __APP__;
grant select, insert, update on kept.name_mark to __APP__;
