-- What stands on an agenda only to be ratified, apart from applications that are heard there (E2): it has no room.

alter table read.slot add column ratification boolean not null default false;
update read.slot set ratification = true where place = '';
