-- The order of every list, with what filters, days and counts look at: they need not fetch the rows themselves, of
-- which eight fill a page.
create index asset_list_idx on asset (owner_id, sort_at desc, id desc)
  include (kind, taken_local, lat, has, mime, rating, duration_s, place_name) where deleted_at is null;
drop index asset_owner_id_sort_at_id_idx;
