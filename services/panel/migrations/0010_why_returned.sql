-- Why an application went back to its originator, as sealed as it is kept.

alter table read.decision add column returned jsonb;
