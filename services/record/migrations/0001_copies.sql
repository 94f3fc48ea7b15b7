-- What record keeps of the other services: every row of every trail, as it was sent, with its leaf and its chain.
-- These are copies and evidence, not read models: a rebuild leaves them alone.

create schema copy;

create table copy.row (
    council text not null,
    service text not null,
    lane text not null,
    epoch integer not null,
    position bigint not null,
    kind text not null,
    stream text not null,
    version integer not null,
    source text not null,
    source_epoch integer not null,
    source_sequence bigint not null,
    id uuid not null,
    name text not null,
    schema integer not null,
    received_at timestamptz not null,
    recorded_at timestamptz not null,
    actor text not null,
    role text not null,
    command_id uuid not null,
    correlation_id uuid not null,
    cause text not null,
    payload bytea not null,
    leaf bytea not null,
    chain bytea not null,
    primary key (council, service, lane, epoch, position)
);
create index row_by_stream on copy.row (council, service, stream, position);
create index row_by_time on copy.row (council, service, recorded_at) where lane = 'book';

create table copy.mark (
    council text not null,
    service text not null,
    epoch integer not null,
    position bigint not null,
    moment timestamptz not null,
    primary key (council, service)
);

-- A final answer's cut: asked again, the same moment is answered from the same positions.
create table copy.pin (
    council text not null,
    as_at timestamptz not null,
    format integer not null,
    cut jsonb not null,
    primary key (council, as_at, format)
);

create function copy.refuse() returns trigger language plpgsql as $$
begin
    raise exception 'copies of trails are append-only';
end $$;
create trigger row_append_only before update or delete or truncate on copy.row
    for each statement execute function copy.refuse();
create trigger pin_append_only before update or delete or truncate on copy.pin
    for each statement execute function copy.refuse();

do $$
declare
    kept text;
begin
    foreach kept in array array['row', 'mark', 'pin'] loop
        execute format('alter table copy.%I enable row level security', kept);
        execute format('alter table copy.%I force row level security', kept);
        execute format(
            'create policy one_council on copy.%I using (council = current_setting(''panelbook.council'', true))'
            ' with check (council = current_setting(''panelbook.council'', true))', kept);
    end loop;
end $$;
grant usage on schema copy to __APP__;
grant select, insert on copy.row, copy.pin to __APP__;
grant select, insert, update on copy.mark to __APP__;

-- Which rows speak of which application. Folded from the copies; can be dropped and folded again.

create table read.named (
    council text not null,
    service text not null,
    epoch integer not null,
    position bigint not null,
    application text not null,
    primary key (council, application, service, epoch, position)
);
create index named_by_row on read.named (council, service, epoch, position);

create table read.thread (
    council text not null,
    application text not null,
    service text not null,
    stream text not null,
    since bigint not null,
    primary key (council, application, service, stream)
);
