-- What intake looks things up in. Everything here is folded from the ledger and can be dropped and folded again.

create table read.settings (
    council text not null,
    version integer not null,
    in_force_from timestamptz not null,
    document jsonb not null,
    primary key (council, version)
);

create table read.application (
    council text not null,
    application text not null,
    kind text not null,
    stage text not null,
    person text not null,
    person_name jsonb not null,
    born_on jsonb not null,
    contact_email jsonb,
    miles double precision,
    originator text not null,
    team text not null,
    team_manager text not null,
    service text not null,
    service_manager text not null,
    family jsonb not null,
    started_at timestamptz not null,
    indicative_weekly_pence bigint,
    weekly_pence bigint,
    one_off_pence bigint,
    complex boolean not null default false,
    distinctive boolean not null default false,
    complexity_reason jsonb,
    signed_by text,
    comments jsonb not null default '[]',
    agreed_by text,
    sitting_on date,
    forum text,
    cut_off_at timestamptz,
    submitted_at timestamptz,
    settings_version integer,
    times_submitted integer not null default 0,
    further_work jsonb not null default '[]',
    next_sitting_on date,
    route jsonb,
    outcome text,
    decision text,
    version integer not null,
    primary key (council, application)
);
create index application_by_team on read.application (council, team, stage);

create table read.section (
    council text not null,
    application text not null,
    section text not null,
    text jsonb not null,
    written_at timestamptz not null,
    primary key (council, application, section)
);

create table read.voice (
    council text not null,
    application text not null,
    party text not null,
    views jsonb,
    why_not_obtainable jsonb,
    recorded_at timestamptz not null,
    primary key (council, application, party)
);

create table read.answer (
    council text not null,
    application text not null,
    decision text not null,
    work text not null,
    text jsonb not null,
    given_by text not null,
    given_at timestamptz not null,
    primary key (council, application, decision, work)
);
