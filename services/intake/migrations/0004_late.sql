-- What an expected application's receipt is held to, so that what came after the cut-off does not count as received by
-- it; and of every answer to further work whether it came late.

alter table read.expected add column cut_off_at timestamptz;
drop index read.expected_missing;
create index expected_missing on read.expected (council, sitting_on)
    where received_at is null or received_at > cut_off_at;

alter table read.answer
    add column cut_off_at timestamptz,
    add column late boolean not null default false;
