-- Every application that was routed, in columns: what a draft scheme is tried on, and what happened to it.

create table read.past (
    council text not null,
    application text not null,
    number bigint not null,            -- the row that told of it first: an order that never changes
    received_us bigint not null,       -- microseconds since 1970, UTC
    trait bigint,                      -- read.past_words: what is no amount; null until it is routed
    weekly_pence bigint not null default 0,
    one_off_pence bigint not null default 0,
    indicative_weekly_pence bigint not null default -1,
    way bigint,                        -- read.past_words: route, forum, table, row, reasons, version
    sitting_on integer not null default 0,   -- days since 31 December of the year 0, as Python counts them; 0: none
    ending bigint not null default 0,  -- read.past_words: outcome, how and in which role it was decided; 0: undecided
    primary key (council, application)
);

create unique index on read.past (council, number);
create index on read.past (council, received_us);

-- Words that many applications share, by the first eight bytes of the SHA-256 of their canonical JSON.
create table read.past_words (
    council text not null,
    key bigint not null,
    words jsonb not null,
    primary key (council, key)
);

create table read.past_resource (
    council text not null,
    number bigint not null,
    resource text not null,
    pence bigint not null,
    days bigint not null,
    months bigint not null,
    odd_days bigint not null,
    starts_on bigint not null,
    primary key (council, number, resource)
);
