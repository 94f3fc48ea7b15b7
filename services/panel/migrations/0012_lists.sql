-- The order in which applications, sittings and decisions outside a panel are listed.

create index decision_listed on read.decision (council, received_at, application);
create index sitting_listed on read.sitting (council, starts_at, sitting);
create index out_of_panel_listed on read.out_of_panel (council, decided_at, decision);
