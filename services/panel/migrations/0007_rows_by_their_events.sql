-- What an application has before anything was decided about it, so that a new submission leaves what it has.

alter table read.decision alter column outstanding set default '{}', alter column decisions set default '[]';
