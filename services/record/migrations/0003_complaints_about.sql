-- What a complaint is about, why where nothing was decided yet, and the name of a party whom no form named.

alter table read.complaint
    add column about text not null default 'DECISION',
    add column reason jsonb,
    add column party_name jsonb;
