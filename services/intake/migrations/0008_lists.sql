-- The order in which applications are listed.

create index application_listed on read.application (council, started_at, application);
