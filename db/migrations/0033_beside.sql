-- What lay beside what: files belong together by their names only when they lay in one folder, and came from there.
create table file_place (
  file_id  bigint not null references file on delete cascade,
  folder   text collate "C" not null,  -- library/whence.py: "local:/home/anna/Photos", "inbox:trip", "sent:…"
  key      text collate "C" not null,  -- its name, as core/companions.py folds it
  shot     text collate "C" not null,  -- what the names of one shot's files have in common
  original text collate "C",           -- the shot of which this is an edited version, by its name
  name     text not null,
  batch    text not null,              -- the import it came with; "in place" for what lies there still
  at       timestamptz not null default clock_timestamp(),
  primary key (file_id, folder, key)
);
create index on file_place (folder, key);
create index on file_place (folder, shot);
create index on file_place (folder, original) where original is not null;

-- Of what came before, only its path in the library is known, or where it lies in place.
insert into file_place (file_id, folder, key, shot, name, batch)
select file_id, 'path:' || regexp_replace(path, '/?[^/]*$', ''), lower(name), lower(regexp_replace(name, '\.[^.]*$', '')),
  name, ''
from (select file_id, path, regexp_replace(path, '^.*/', '') as name from file_path) as p
on conflict do nothing;

insert into file_place (file_id, folder, key, shot, name, batch)
select s.file_id, 'local:' || regexp_replace(r.location || case when s.path = '' then '' else '/' || s.path end, '/[^/]*$', ''),
  lower(s.name), lower(regexp_replace(s.name, '\.[^.]*$', '')), s.name, 'in place'
from (select *, regexp_replace(shown, '^.*/', '') as name from sighting) as s join root r on r.id = s.root_id
where s.file_id is not null and s.missing_since is null
on conflict do nothing;

drop index file_path_stem_idx;
alter table file_path drop column stem;

-- The photo of which this one is an edited version: a Takeout has one JSON for both.
alter table asset add column edited_of bigint references asset on delete set null;
create index on asset (edited_of) where edited_of is not null;

-- ffmpeg's hash of no packets at all was taken for the content of films that have none.
update file set content = null, content_whole = null
where content = '\x292baddc775c33dde82c563072b25963353d5de9cdbe3be877bc470a23189a98';

-- What the sender of an upload calls the place that its file comes from.
alter table upload add column source text not null default '';
