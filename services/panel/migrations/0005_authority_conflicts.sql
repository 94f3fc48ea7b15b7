-- Delegated decisions that a panel is to ratify because authority had ended; and who is appointed to which role.

alter table read.out_of_panel
    alter column need drop not null,
    alter column words drop not null,
    alter column high_cost_weekly_pence drop not null,
    add column authority_ended_at timestamptz;
create index out_of_panel_without_application on read.out_of_panel (council) where arrived_at is null;

create table read.officer (
    council text not null,
    officer text not null,
    role text not null,
    primary key (council, officer)
);
