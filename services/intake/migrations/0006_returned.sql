-- Why panel returned a form, as sealed as it came, for those who must repair it.

alter table read.application add column returned jsonb;
