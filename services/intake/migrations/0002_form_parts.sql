-- The parts of the form that are lists and statements, comments one by one, what changed after a deferral, assessments
-- already held, and which applications are expected at a sitting.

alter table read.application
    add column resources jsonb not null default '[]',
    add column circumstances jsonb,
    add column options_tried jsonb,
    add column other_funding jsonb,
    add column actions jsonb,
    add column family_agreement jsonb,
    add column support_needs jsonb,
    add column assessment text,
    add column assessed_on date,
    add column assessed_parts jsonb not null default '[]',
    add column expected_on date,
    add column changed jsonb not null default '[]',
    add column changes_signed_by text,
    add column changes_agreed_by text,
    add column abandonment_agreed_by text,
    add column warnings jsonb not null default '[]',
    add column guards jsonb not null default '{}';

alter table read.voice
    add column age_years jsonb,
    add column understanding jsonb;

create table read.comment (
    council text not null,
    application text not null,
    comment text not null,
    text jsonb not null,
    made_by text not null,
    made_at timestamptz not null,
    answer jsonb,
    answered_by text,
    answered_at timestamptz,
    primary key (council, application, comment)
);

create table read.assessment (
    council text not null,
    assessment text not null,
    person text not null,
    person_name jsonb not null,
    born_on jsonb not null,
    assessed_on date not null,
    parts jsonb not null,
    held_by text not null,
    held_at timestamptz not null,
    primary key (council, assessment)
);

create table read.expected (
    council text not null,
    forum text not null,
    sitting_on date not null,
    application text not null,
    source text not null,
    team text not null,
    service text not null,
    service_manager text not null,
    since timestamptz not null,
    received_at timestamptz,
    primary key (council, forum, sitting_on, application)
);
create index expected_missing on read.expected (council, sitting_on) where received_at is null;

create table read.expected_notice (
    council text not null,
    forum text not null,
    sitting_on date not null,
    noticed_at timestamptz not null,
    missing jsonb not null,
    primary key (council, forum, sitting_on)
);
