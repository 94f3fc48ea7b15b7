-- What routing looks things up in. Everything here is folded from the ledger and can be dropped and folded again.

create table read.settings (
    council text not null,
    version integer not null,
    in_force_from timestamptz not null,
    document jsonb not null,
    digest text not null,
    published_by text not null,
    published_at timestamptz not null,
    primary key (council, version)
);

create table read.officer (
    council text not null,
    officer text not null,
    role text not null,
    team text not null,
    service text not null,
    name jsonb not null,
    email jsonb not null,
    limit_weekly_pence bigint,
    from_at timestamptz,
    until_at timestamptz,
    version integer not null,
    primary key (council, officer)
);

create table read.route (
    council text not null,
    application text not null,
    way jsonb not null,
    routed_at timestamptz not null,
    version integer not null,
    primary key (council, application)
);
