-- The order in which messages and tasks are listed, and what they are most often narrowed by.

create index message_listed on read.message (council, wanted_at, message);
create index message_application on read.message (council, application);
create index message_officer on read.message (council, officer);
create index task_listed on read.task (council, (state <> 'open'), opened_at, task);
create index task_application on read.task (council, application);
create index task_owner on read.task (council, owner);
