-- The map of a stretch of time needs not fetch the rows either: when each was taken stands in its index.
create index asset_map_time_idx on asset (owner_id, lat, lon) include (sort_at, taken_local, id)
  where lat is not null and deleted_at is null;
drop index asset_map_idx;
