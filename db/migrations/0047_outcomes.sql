-- What became of the files of an import, and of those that were not taken: why, and where each lies.
alter table deed add column stored  bigint not null default 0;
alter table deed add column known   bigint not null default 0;  -- their bytes were there before
alter table deed add column refused bigint not null default 0;

create table refusal (
  id         bigint generated always as identity primary key,
  deed_id    bigint not null references deed on delete cascade,
  path       text not null,   -- the name it would have had in the library
  kept       text not null,   -- where the file lies
  reason     text not null,
  refused_at timestamptz not null default clock_timestamp()
);
create index on refusal (deed_id, id);

-- Whether a failed job failed for a reason that trying again cannot change: the file is broken, say.
alter table job add column permanent boolean not null default false;
