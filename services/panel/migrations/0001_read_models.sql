-- What panel looks things up in. Everything here is folded from the ledger and can be dropped and folded again.

create table read.settings (
    council text not null,
    version integer not null,
    in_force_from timestamptz not null,
    document jsonb not null,
    primary key (council, version)
);

create table read.authority (
    council text not null,
    officer text not null,
    limit_weekly_pence bigint not null,
    from_at timestamptz not null,
    until_at timestamptz,
    primary key (council, officer)
);

-- The newest submission of each application, personal content sealed, until its route is heard.
create table read.submission (
    council text not null,
    application uuid not null,
    data jsonb not null,
    primary key (council, application)
);

create table read.sitting (
    council text not null,
    sitting uuid not null,
    forum text not null,
    sitting_on date not null,
    starts_at timestamptz not null,
    ends_at timestamptz not null,
    minutes integer not null,
    cut_off_at timestamptz not null,
    core_members jsonb not null,
    settings_version integer not null,
    stage text not null,
    opened_by text,
    opened_at timestamptz,
    present jsonb not null,
    closed_at timestamptz,
    signed_by text,
    signed_at timestamptz,
    version integer not null,
    primary key (council, sitting)
);

create table read.slot (
    council text not null,
    sitting uuid not null,
    application uuid not null,
    starts_at timestamptz not null,
    minutes integer not null,
    place text not null,
    kept_first boolean not null,
    opened_at timestamptz,
    closed_at timestamptz,
    primary key (council, sitting, application)
);
create index slot_application on read.slot (council, application);

create table read.decision (
    council text not null,
    application uuid not null,
    stage text not null,
    kind text not null,
    weekly_pence bigint not null,
    indicative_weekly_pence bigint not null,
    complex boolean not null,
    distinctive boolean not null,
    received_at timestamptz not null,
    times_submitted integer not null,
    person jsonb not null,
    originator text not null,
    team_manager text not null,
    service_manager text not null,
    route jsonb not null,
    outstanding text[] not null,
    returns_on date,
    decisions jsonb not null,
    version integer not null,
    primary key (council, application)
);

create table read.challenge (
    council text not null,
    complaint uuid not null,
    application uuid not null,
    stage text not null,
    received_on date not null,
    primary key (council, complaint)
);
create index challenge_application on read.challenge (council, application);
