-- The guards that let a place on an agenda through, for the minutes.

alter table read.slot add column warned jsonb not null default '[]';
