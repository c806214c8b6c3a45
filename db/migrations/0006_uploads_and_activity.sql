-- Uploads that are resumed, who brought a file, counts of jobs, how many files at once, long deeds.

-- A file on its way in by the tus protocol. How much of it is there, its partial file alone says.
create table upload (
  id         text primary key check (id ~ '^[0-9a-f]{32}$'),
  owner_id   bigint not null references account on delete cascade,
  account_id bigint not null references account on delete cascade,  -- who sends it
  path       text not null,
  bytes      bigint not null check (bytes > 0),
  sha512     bytea check (length(sha512) = 64),   -- as announced by the sender
  metadata   text not null default '',            -- Upload-Metadata, as it came
  came_by    text not null check (came_by in ('web', 'api')),
  state      text not null default 'receiving' check (state in ('receiving', 'done', 'refused')),
  asset_id   bigint references asset on delete set null,
  is_new     boolean,
  reason     text,                                -- of a refusal
  created_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz not null
);
create index on upload (account_id, created_at desc, id desc);
create index on upload (expires_at);
create index on upload (asset_id);

-- Whose quota a file counts against: who sent it over HTTP.
alter table file add column brought_by bigint references account on delete set null;
create index on file (brought_by) where brought_by is not null;

-- How many jobs are in which state, as sums of changes: counting 600,000 jobs takes a quarter of a second, adding up
-- a few rows does not. Each statement on `job` adds its own rows, so no two workers wait for each other here;
-- `fold_counts` puts them together now and then.
create table job_count (
  id       bigint generated always as identity primary key,
  analysis text not null,
  state    text not null,
  n        bigint not null
);
create function count_jobs() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into job_count (analysis, state, n) select analysis, state, count(*) from fresh group by 1, 2;
  elsif tg_op = 'DELETE' then
    insert into job_count (analysis, state, n) select analysis, state, -count(*) from stale group by 1, 2;
  else
    insert into job_count (analysis, state, n)
    select analysis, state, sum(moved.n)
    from (select analysis, state, 1 as n from fresh union all select analysis, state, -1 from stale) as moved
    group by 1, 2 having sum(moved.n) <> 0;
  end if;
  return null;
end $$;
create function forget_job_counts() returns trigger language plpgsql as $$
begin
  delete from job_count;
  return null;
end $$;
create trigger count_new after insert on job referencing new table as fresh
  for each statement execute function count_jobs();
create trigger count_moved after update on job referencing old table as stale new table as fresh
  for each statement execute function count_jobs();
create trigger count_gone after delete on job referencing old table as stale
  for each statement execute function count_jobs();
create trigger count_none after truncate on job for each statement execute function forget_job_counts();
insert into job_count (analysis, state, n) select analysis, state, count(*) from job group by 1, 2;

-- What ended of late gives the speed; what an owner cannot see is taken off the counts.
create index on job (changed_at) where state in ('done', 'failed');
create index on asset (owner_id) where deleted_at is not null;

-- How many files at once in each worker process; null: as many as the process was started with.
alter table analysis add column slots int check (slots between 1 and 64);

-- What a job was before it was done again, so that a re-run can be taken back.
alter table job add column state_before text;
alter table job add column error_before text;

-- Long deeds: an import, an export, a backup, a re-run. Whoever does one beats here; whose beat stops has died.
create table deed (
  id           bigint generated always as identity primary key,
  owner_id     bigint not null references account on delete cascade,
  kind         text not null check (kind ~ '^[a-z][a-z_]*$'),  -- import, export, backup, rerun, empty_trash, …
  title        text not null,
  analysis     text,                              -- of a re-run
  state        text not null default 'running'
                 check (state in ('waiting', 'running', 'done', 'failed', 'cancelled')),
  done         bigint not null default 0,
  total        bigint,                            -- null while nobody knows
  message      text not null default '',
  cancel_asked boolean not null default false,
  began_at     timestamptz not null default clock_timestamp(),
  beat_at      timestamptz not null default clock_timestamp(),
  ended_at     timestamptz
);
create index on deed (owner_id, id desc);
create index on deed (state) where state in ('waiting', 'running');
