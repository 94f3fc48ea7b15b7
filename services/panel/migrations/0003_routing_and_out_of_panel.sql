-- Limits for what is paid once and for a year; orders and the court; decisions outside a panel; shares of outcomes.

alter table read.authority add column limit_one_off_pence bigint, add column limit_yearly_pence bigint;

alter table read.decision
    add column one_off_pence bigint not null default 0,
    add column court_order text,
    add column filed_with_court_at timestamptz;

create table read.out_of_panel (
    council text not null,
    decision uuid not null,
    application uuid not null,
    person text not null,
    basis text not null,
    grounds text[] not null,
    need jsonb not null,
    words jsonb not null,
    advised_by text,
    advice jsonb,
    decided_by text not null,
    decided_role text not null,
    decided_at timestamptz not null,
    weekly_pence bigint,
    one_off_pence bigint,
    high_cost_weekly_pence bigint not null,
    ends_on date,
    period_ends_at timestamptz,
    application_due_at timestamptz,
    arrived_at timestamptz,
    forum text,
    ratify_on date,
    settings_version integer,
    warned jsonb not null,
    outcome text not null,
    outcome_at timestamptz,
    outcome_by text,
    sitting uuid,
    reasons jsonb not null,
    needed jsonb not null,
    replaced_at timestamptz,
    version integer not null,
    primary key (council, decision)
);
create index out_of_panel_application on read.out_of_panel (council, application);

create table read.alarm (
    council text not null,
    decision uuid not null,
    code text not null,
    fell_due_at timestamptz not null,
    noticed_at timestamptz not null,
    primary key (council, decision, code, fell_due_at)
);

-- The newest final outcome of each application.
create table read.final_outcome (
    council text not null,
    application uuid not null,
    made text not null,
    decided_at timestamptz not null,
    primary key (council, application)
);
