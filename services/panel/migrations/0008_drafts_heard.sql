-- Who began a draft of which panel has heard no more: they decide nothing of it, also outside a panel.

create table read.draft (
    council text not null,
    application uuid not null,
    originator text not null,
    primary key (council, application)
);
