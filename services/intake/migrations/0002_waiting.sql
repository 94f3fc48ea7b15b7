-- The applications whose route has not come back: few, and looked for every few seconds.

create index application_unrouted on read.application (council, submitted_at)
    where stage = 'submitted' and route is null;
