-- Times out of file names may be a day or a minute only. Of a day `taken_local` holds 00:00, which means nothing.
alter table asset add column taken_precision text check (taken_precision in ('second', 'minute', 'day'));
update asset set taken_precision = 'second' where taken_local is not null;

-- A name can say that its clock is UTC's (PXL_…).
alter table asset drop constraint asset_offset_source_check;
alter table asset add constraint asset_offset_source_check
  check (offset_source in ('tag', 'gps_time', 'position_time_zone', 'setting', 'file_name'));
