-- Since when a submission has waited to be received: from its submission until its route is heard, else null.

alter table read.submission add column waiting_since timestamptz;
create index submission_waiting on read.submission (council, waiting_since) where waiting_since is not null;
