-- A year or a month may be all that is known of when something was taken; `taken_local` then holds its first moment.
alter table asset drop constraint asset_taken_precision_check;
alter table asset add constraint asset_taken_precision_check
  check (taken_precision in ('year', 'month', 'day', 'minute', 'second'));

-- 'utc': only the instant is known, so that the wall clock is UTC's for want of a zone.
alter table asset drop constraint asset_offset_source_check;
alter table asset add constraint asset_offset_source_check
  check (offset_source in ('tag', 'gps_time', 'position_time_zone', 'setting', 'file_name', 'utc'));

-- What kind of time it is, whether its source says it is not sure, and why it is not believed. A clock that was ahead
-- of its time is kept apart, as nothing is sorted or counted by it.
alter table asset add column taken_basis text check (taken_basis in ('capture', 'file_name', 'change'));
alter table asset add column taken_about boolean not null default false;
alter table asset add column taken_doubt text check (taken_doubt in ('default', 'future'));
alter table asset add column doubted_local timestamp;
update asset set taken_basis = case
  when taken_source = 'file_name' then 'file_name' when taken_source = 'IFD0:ModifyDate' then 'change' else 'capture' end
where taken_local is not null;

-- Days are counted with their precision, still without fetching the rows themselves.
create index asset_list_when_idx on asset (owner_id, sort_at desc, id desc)
  include (kind, taken_local, taken_precision, lat, has, mime, rating, duration_s, place_name) where deleted_at is null;
drop index asset_list_idx;
create index asset_doubted_idx on asset (owner_id, doubted_local) where doubted_local is not null;
