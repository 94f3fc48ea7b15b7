-- Who is trained for what until when, and what the council says of presenters who are not.

alter table read.council add column untrained_presenter text not null default 'warn';

create table read.training (
    council text not null,
    officer text not null,
    course text not null,
    completed_on date not null,
    valid_until date,
    primary key (council, officer, course)
);
