-- Identity: the same picture in other bytes, files that belong together, folders indexed in place, the trash.

-- A file is found again by its bytes, or by what is in it without its metadata.
alter table file
  add column content       bytea,      -- key of the picture data or video packets (media/content.py); null: none
  add column content_whole bytea,      -- hash of all of them, for files that may change where they lie
  add column pair_id       text,       -- Apple's content identifier: a still and its moving part share it
  add column missing_since timestamptz;  -- in place and not found there
create index on file (owner_id, content) where content is not null;
create index on file (owner_id, pair_id) where pair_id is not null;

-- Two photos may have sidecars of the same bytes; of all else an owner has one file.
alter table file drop constraint file_owner_id_sha512_key;
create unique index file_bytes on file (owner_id, sha512) where role <> 'sidecar';
create unique index file_of_asset on file (asset_id, sha512);
create index on file (sha512);

-- Folder and name without its ending, for what belongs together: IMG_1.HEIC, IMG_1.MOV, IMG_1.xmp.
alter table file_path
  add column stem text generated always as (lower(regexp_replace(path, '\.[^./]*$', '') collate "pg_c_utf8")) stored;
create index on file_path (stem);

-- Folders whose files are indexed where they lie. Locations are written as media/store.py's to_location does.
create table root (
  id        bigint generated always as identity primary key,
  owner_id  bigint not null references account,
  location  text not null,             -- absolute
  name      text not null,             -- what paths in the library begin with
  added_at  timestamptz not null default now(),
  looked_at timestamptz,
  unique (owner_id, location)
);

-- A file as it was last seen below a root. While size, time and inode stay, it is not read again.
create table sighting (
  id        bigint generated always as identity primary key,
  root_id   bigint not null references root on delete cascade,
  path      text not null,             -- below the root; empty when the root itself is a file
  shown     text not null,             -- its path in the library
  file_id   bigint references file on delete set null,  -- null: not taken, `reason` says why
  sha512    bytea,                     -- null: not read
  bytes     bigint not null,
  mtime_ns  bigint not null,
  inode     bigint not null,
  reason    text,
  missing_since timestamptz,
  unique (root_id, path)
);
create index on sighting (file_id);
create index on sighting (sha512) where file_id is null and sha512 is not null;

-- What a file in place was before it was changed there.
create table revision (
  id          bigint generated always as identity primary key,
  owner_id    bigint not null references account,
  asset_id    bigint not null references asset on delete cascade,
  file_id     bigint not null references file on delete cascade,
  sha512      bytea not null check (length(sha512) = 64),
  bytes       bigint not null,
  replaced_at timestamptz not null default clock_timestamp()
);
create index on revision (owner_id, sha512);
create index on revision (file_id);
create index on revision (asset_id);

create index on asset (owner_id, deleted_at desc, id desc) where deleted_at is not null;
