-- The map of everything, and what lies near a point, without looking at the rows themselves.
create index asset_map_idx on asset (owner_id, lat, lon) include (sort_at, id)
  where lat is not null and deleted_at is null;
drop index asset_owner_id_lat_lon_idx;
