-- What is attached to each application, and every text of a section that was completed. Folded from the ledger; the bytes
-- of attachments and the drafts lie in the schema `kept` (ledger/kept.sql), which is not.

create table read.attachment (
    council text not null,
    application text not null,
    attachment text not null,
    name jsonb not null,
    type text not null,
    size bigint not null,
    fingerprint text not null,
    digest text not null,
    scan text not null,
    added_by text not null,
    added_at timestamptz not null,
    removed_by text,
    removed_at timestamptz,
    kept boolean not null default true,
    primary key (council, application, attachment)
);

create table read.section_version (
    council text not null,
    application text not null,
    section text not null,
    version integer not null,
    text jsonb not null,
    written_by text not null,
    written_at timestamptz not null,
    primary key (council, application, section, version)
);
