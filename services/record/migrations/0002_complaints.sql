-- Complaints as their officer lists them.

create table read.complaint (
    council text not null,
    complaint text not null,
    application text not null,
    decision text,
    stage text not null,
    state text not null,
    received_on date not null,
    due_on date not null,
    extendable_to date,
    acknowledge_by date,
    relationship text not null,
    from_party text not null,
    words jsonb not null,
    recorded_by text not null,
    version integer not null,
    primary key (council, complaint)
);
