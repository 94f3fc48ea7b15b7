-- The order of deferrals, and what had to move on from a sitting because a deferred one came first (D5).

alter table read.decision add column deferred_at timestamptz;

create table read.moved_on (
    council text not null,
    application uuid not null,
    forum text not null,
    since date not null,
    minutes integer not null,
    place text not null,
    primary key (council, application)
);
