-- What the watched folder holds and has not taken yet, and why: written by who watches it, read by the page.
create table inbox_waiting (
  owner_id bigint not null references account on delete cascade,
  path     text not null,
  bytes    bigint not null,
  since    timestamptz not null,
  reason   text not null,
  primary key (owner_id, path)
);
