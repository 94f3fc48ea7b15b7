-- Who holds parental responsibility where no relative does, and why.

alter table read.application add column parental_responsibility jsonb;
