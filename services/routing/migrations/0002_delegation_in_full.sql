-- Versions that were taken back, who has read which terms and learnt what, and where each application stands.

alter table read.settings
    add column stream_version integer,
    add column retired_at timestamptz,
    add column retired_because text,
    add column retired_by text,
    add column replaced_by integer;

alter table read.officer
    add column limit_one_off_pence bigint,
    add column limit_yearly_pence bigint;

create table read.training (
    council text not null,
    officer text not null,
    course text not null,
    completed_on date not null,
    valid_until date,
    primary key (council, officer, course)
);

create table read.acknowledgement (
    council text not null,
    officer text not null,
    settings_version integer not null,
    acknowledged_at timestamptz not null,
    primary key (council, officer, settings_version)
);

alter table read.route
    add column exceptions jsonb not null default '[]';

-- The newest submission heard of each application: what is said of it for routing, and when what became of it. Moments,
-- not a stage: what intake and panel tell does not arrive in one order.
create table read.application (
    council text not null,
    application text not null,
    person text not null,
    originator text not null,
    said jsonb not null,
    forum text,
    sitting_on date,
    received_at timestamptz not null,
    informed_at timestamptz,
    deferred_at timestamptz,
    returned_at timestamptz,
    over_at timestamptz,
    primary key (council, application)
);

create index on read.application (council, received_at) where over_at is null;
