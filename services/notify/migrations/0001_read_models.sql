-- What notify looks things up in. Everything here is folded from the ledger and can be dropped and folded again.

create table read.council (
    council text primary key,
    name text not null,
    forums jsonb not null
);

create table read.sitting (
    council text not null,
    sitting text not null,
    forum text not null,
    primary key (council, sitting)
);

create table read.officer (
    council text not null,
    officer text not null,
    role text not null,
    name jsonb not null,
    email jsonb not null,
    primary key (council, officer)
);

create table read.application (
    council text not null,
    application text not null,
    originator text not null,
    team_manager text not null,
    primary key (council, application)
);

create table read.message (
    council text not null,
    message text not null,
    letter text not null,
    application text not null,
    officer text,
    state text not null,
    attempts integer not null,
    due_at timestamptz not null,
    wanted_at timestamptz not null,
    sent_at timestamptz,
    message_id text,
    primary key (council, message)
);
create index message_due on read.message (council, due_at) where state = 'wanted';

create table read.task (
    council text not null,
    task text not null,
    kind text not null,
    application text not null,
    decision text not null,
    owner text not null,
    parties jsonb not null,
    state text not null,
    opened_at timestamptz not null,
    done_at timestamptz,
    informed jsonb not null,
    version integer not null,
    primary key (council, task)
);
