-- The library: accounts, files, assets, jobs, and what the analyses found. PostgreSQL 17 and 18.
create extension if not exists vector;
create extension if not exists fuzzystrmatch;
create extension if not exists unaccent;

-- Comparable spelling: no accents, no capitals. unaccent() is only stable because its dictionary could change;
-- ours never does, so it may feed an index. The collation is named so that the server's locale does not matter.
create function plain_text(value text) returns text language sql immutable parallel safe strict
  return translate(lower(public.unaccent('public.unaccent'::regdictionary, value) collate "pg_c_utf8"), 'ς', 'σ');

-- What the text parser gets: plain text whose punctuation is gone, so that IMG_1234.jpg, 3.50, a/b or a mail address
-- fall into words in the same way wherever they stand, and Chinese and Japanese signs are words of their own.
create function search_text(value text) returns text language sql immutable parallel safe strict
  return regexp_replace(
    regexp_replace(public.plain_text(value), '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u3000-\u303f]+', ' ', 'g'),
    '([\u2e80-\u9fff\uf900-\ufaff])', ' \1 ', 'g');

create table account (
  id            bigint generated always as identity primary key,
  login         text unique check (login = btrim(login) and length(login) between 1 and 100),
  password_hash text,                       -- argon2id
  role          text not null check (role in ('administrator', 'editor', 'viewer')),
  created_at    timestamptz not null default now(),
  disabled_at   timestamptz
);
-- Whatever arrives before anybody signed in belongs to this account; the first administrator claims it.
insert into account (login, role) values (null, 'administrator');

create table token (
  id           bigint generated always as identity primary key,
  kind         text not null check (kind in ('session', 'api', 'claim')),
  account_id   bigint not null references account on delete cascade,
  token_hash   bytea not null unique,       -- SHA-256 of a 256-bit random secret; the secret itself is never kept
  name         text not null default '',
  scopes       text[] not null default '{}',
  created_at   timestamptz not null default now(),
  expires_at   timestamptz,
  last_used_at timestamptz
);
create index on token (account_id, kind);

-- What can be analysed. Rewritten from the workers' declarations at each start, so adding an analysis is one file.
create table analysis (
  name       text primary key,
  version    text not null,                 -- the current one: analysis version + engine + weights
  kinds      text[] not null,
  after      text[] not null default '{}',  -- analyses that must have ended well before
  per_asset  boolean not null default true,
  paused     boolean not null default false,
  updated_at timestamptz not null default now()
);

create table asset (
  id             bigint generated always as identity primary key,
  owner_id       bigint not null references account,
  kind           text not null check (kind in ('photo', 'video')),
  sha512         bytea not null check (length(sha512) = 64),
  mime           text not null,
  name           text not null,             -- last part of `path`
  path           text not null,             -- as it came, folders kept; never used to reach a file
  bytes          bigint not null check (bytes > 0),
  added_at       timestamptz not null default clock_timestamp(),
  -- from `metadata` and `preview`; null until they ran
  width          int, height int,           -- upright, pixels
  duration_s     double precision,
  taken_at       timestamptz,               -- the instant, where the offset is known
  taken_local    timestamp,                 -- wall clock where it was taken
  utc_offset_min int,
  offset_source  text check (offset_source in ('tag', 'gps_time', 'position_time_zone', 'setting')),
  taken_source   text,
  camera_make    text, camera_model text, lens text,
  lat            double precision check (lat between -90 and 90),
  lon            double precision check (lon between -180 and 180),
  alt_m          double precision,
  direction_deg  double precision,
  radius_m       double precision,
  position_source text,
  place_name     text, place_admin text, place_country text,
  placeholder    text,                      -- a tiny picture, shown while the thumbnail loads
  -- decided by a person; no analysis writes these
  tags           text[] not null default '{}',
  comment        text not null default '',
  rating         int check (rating between 1 and 5),
  deleted_at     timestamptz,
  -- one order for every list: by wall clock, what has no time by arrival
  sort_at        timestamp generated always as
                   (coalesce(taken_local, timezone('UTC', added_at))) stored,
  unique (owner_id, sha512),
  check ((lat is null) = (lon is null))
);
create index on asset (owner_id, sort_at desc, id desc) where deleted_at is null;
create index on asset (owner_id, lat, lon) where lat is not null and deleted_at is null;

create table file (
  id        bigint generated always as identity primary key,
  owner_id  bigint not null references account,
  asset_id  bigint not null references asset on delete cascade,
  role      text not null check (role in ('original', 'raw', 'live', 'variant', 'sidecar')),
  sha512    bytea not null check (length(sha512) = 64),
  bytes     bigint not null,
  mime      text not null,
  kept      text not null check (kept in ('store', 'in_place')),
  location  text not null,                  -- below the store's folder, or absolute when kept in place
  added_at  timestamptz not null default clock_timestamp(),
  unique (owner_id, sha512)
);
create index on file (asset_id);

create table file_path (
  file_id   bigint not null references file on delete cascade,
  path      text not null,
  came_by   text not null check (came_by in ('web', 'api', 'inbox', 'command')),
  added_at  timestamptz not null default clock_timestamp(),
  primary key (file_id, path)
);
create index on file_path (path);

create table job (
  id          bigint generated always as identity primary key,
  asset_id    bigint not null references asset on delete cascade,
  analysis    text not null references analysis,
  state       text not null check (state in ('waiting', 'running', 'done', 'failed', 'skipped')),
  lane        text not null default 'arrivals' check (lane in ('arrivals', 'bulk')),
  attempts    int not null default 0,
  crashes     int not null default 0,       -- how often the worker died holding it
  not_before  timestamptz not null default now(),
  delivered_at timestamptz,                 -- handed to the queue; null = to be delivered
  leased_by   text,
  lease_until timestamptz,
  version     text,                         -- of the last result
  error       text,
  seconds     real,
  changed_at  timestamptz not null default clock_timestamp(),
  unique (asset_id, analysis)
);
create index on job (analysis, state);
create index on job (not_before) where state = 'waiting';
create index on job (lease_until) where state = 'running';

create table result (
  asset_id   bigint not null references asset on delete cascade,
  analysis   text not null,
  version    text not null,
  data       jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (asset_id, analysis, version)
);

-- Searchable words, each with where and when in the medium it is, and how sure.
create table term (
  id        bigint generated always as identity primary key,
  asset_id  bigint not null references asset on delete cascade,
  analysis  text not null,
  version   text not null,
  kind      text not null check (kind in ('object', 'text', 'said', 'tag', 'place', 'camera', 'name', 'comment')),
  ordinal   int not null,                   -- reading order within asset, analysis and kind
  words     text not null,
  score     real,                           -- null where there is nothing to doubt (a file's name)
  x real, y real, w real, h real,           -- fractions of the upright picture
  at_s      double precision, end_s double precision,
  word_at_s double precision[],             -- for speech: start of each word of `words`, split at white space
  -- as spelled with places for phrases, and English word forms without
  tsv       tsvector generated always as
              (to_tsvector('simple', search_text(words)) || strip(to_tsvector('english', search_text(words)))) stored,
  label     text generated always as            -- what suggestions go by, where words are a name as a whole
              (case when kind in ('object', 'tag', 'place', 'camera') then plain_text(words) end) stored
);
create index on term (asset_id, kind);
create index on term using gin (tsv);
create index on term (kind, label text_pattern_ops) where label is not null;

-- Lines that follow each other, put together so that a phrase may run from one into the next. Long texts are cut
-- into overlapping parts: a tsvector knows 16,383 places and 256 of one word.
create table document (
  asset_id bigint not null references asset on delete cascade,
  analysis text not null,
  kind     text not null,
  part     int not null,
  score    real,                            -- mean of its lines
  tsv      tsvector not null,
  primary key (asset_id, analysis, kind, part)
);
create index on document using gin (tsv);

-- Every word ever seen in a library, for typing errors and suggestions. It only grows; counts come from `term`.
create table vocabulary (
  owner_id bigint not null references account,
  kind     text not null,
  word     text not null,
  primary key (owner_id, kind, word)
);
create index on vocabulary (owner_id, word text_pattern_ops);

-- One space per engine and weights; vectors of different spaces are never compared. db/vectors.py makes each
-- space's own partial HNSW index, as an index needs one number of dimensions.
create table space (
  id         int generated always as identity primary key,
  name       text not null unique,          -- "embedding:efficientnet_lite0-579344248a93"
  analysis   text not null,
  dimensions int not null check (dimensions between 1 and 4000)
);

create table face (
  id       bigint generated always as identity primary key,
  asset_id bigint not null references asset on delete cascade,
  version  text not null,
  ordinal  int not null,
  x real not null, y real not null, w real not null, h real not null,
  score    real not null,
  width_px real not null,
  at_s     double precision,
  points   jsonb not null,
  unique (asset_id, version, ordinal)
);

create table embedding (    -- "vector" is the name of the type
  id       bigint generated always as identity primary key,
  space_id int not null references space,
  asset_id bigint not null references asset on delete cascade,
  face_id  bigint references face on delete cascade,
  at_s     double precision,
  v        vector not null
);
alter table embedding alter column v set storage external;  -- numbers do not compress
create index on embedding (asset_id, space_id);
create index on embedding (face_id);

-- The queue of the embedded shape: what is here is to be done, but only `job` says what is true.
create table delivery (
  id         bigint generated always as identity primary key,
  job_id     bigint not null unique,
  analysis   text not null,
  lane       text not null,
  held_until timestamptz                    -- taken by a worker; free again afterwards unless acknowledged
);
create index on delivery (analysis, lane, id);
