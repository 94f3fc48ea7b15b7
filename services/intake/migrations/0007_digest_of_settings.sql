-- The SHA-256 of each document of the settings, by which a process knows the one that it has kept from one that it has
-- not read. The database makes it of what is stored, so that it can be the digest of nothing else.

create function read.digest_of(document jsonb) returns text language sql immutable parallel safe
    return encode(sha256(convert_to(document::text, 'UTF8')), 'hex');

alter table read.settings add column digest text not null generated always as (read.digest_of(document)) stored;
