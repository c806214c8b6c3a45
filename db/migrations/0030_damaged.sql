-- A truncated or half photo or film is never shown as a whole one. Null: whole as far as anybody can tell; else the
-- reason, in words for a person. The asset's mirrors that of the file it is shown by.
alter table file add column damaged text;
alter table asset add column damaged text;
create index asset_damaged_idx on asset (owner_id, sort_at desc, id desc)
  where damaged is not null and deleted_at is null;

-- What `preview` knew already, without the words.
update asset a set damaged = 'broken inside: part of it cannot be read'
from result r
where r.asset_id = a.id and r.analysis = 'preview' and r.data -> 'damaged' = 'true';
update file f set damaged = a.damaged
from asset a where a.id = f.asset_id and a.sha512 = f.sha512 and a.damaged is not null;
update result r set data = jsonb_set(r.data, '{damaged}', coalesce(to_jsonb(a.damaged), 'null'))
from asset a
where a.id = r.asset_id and r.analysis = 'preview' and jsonb_typeof(r.data -> 'damaged') = 'boolean';
