-- What a person said about which files are one asset. It holds whatever runs again, moves, or comes once more: files
-- are named by their hashes.
create table belonging (
  id           bigint generated always as identity primary key,
  owner_id     bigint not null references account,
  deed         text not null check (deed in ('split', 'join')),
  asset_id     bigint references asset on delete set null,  -- what a file was taken out of, or what took others in
  other_id     bigint references asset on delete set null,  -- what was taken out, or taken in; null: a sidecar
  asset_sha512 bytea not null,   -- their main files at that time
  other_sha512 bytea not null,
  files        jsonb not null,   -- [{"sha512": hex, "role": …}]: what moved, and what it was before
  decided_by   bigint references account on delete set null,
  decided_at   timestamptz not null default clock_timestamp(),
  undone_at    timestamptz
);
create index on belonging (owner_id, other_sha512) where undone_at is null;
create index on belonging (asset_id);
create index on belonging (other_id);

-- An asset that a person joined to another keeps all that is known of it, and is seen nowhere (deleted_at 'infinity').
alter table asset add column joined_into bigint references asset on delete cascade;
create index on asset (joined_into) where joined_into is not null;

-- A sidecar that a person said is not this photo's; it stays beside it and says nothing.
alter table file add column apart boolean not null default false;
