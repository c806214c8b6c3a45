-- name: save_result
-- What an analysis found; once the new version's result is there, the older ones have served.
with older as (
  delete from result where asset_id = %(asset_id)s and analysis = %(analysis)s and version <> %(version)s)
insert into result (asset_id, analysis, version, data)
values (%(asset_id)s, %(analysis)s, %(version)s, %(data)s)
on conflict (asset_id, analysis, version) do update set data = excluded.data, created_at = clock_timestamp()

-- name: set_capture
-- When, with what and where the picture was taken. What a person decided lies elsewhere and is not touched.
update asset
set taken_at = %(taken_at)s, taken_local = %(taken_local)s, utc_offset_min = %(utc_offset_min)s,
    offset_source = %(offset_source)s, taken_source = %(taken_source)s, taken_precision = %(taken_precision)s,
    taken_basis = %(taken_basis)s, taken_about = %(taken_about)s, taken_doubt = %(taken_doubt)s,
    doubted_local = %(doubted_local)s,
    camera_make = %(camera_make)s, camera_model = %(camera_model)s, lens = %(lens)s,
    lat = %(lat)s, lon = %(lon)s, alt_m = %(alt_m)s, direction_deg = %(direction_deg)s,
    radius_m = %(radius_m)s, position_source = %(position_source)s,
    place_name = %(place_name)s, place_admin = %(place_admin)s, place_country = %(place_country)s,
    width = coalesce(width, %(width)s), height = coalesce(height, %(height)s),
    duration_s = coalesce(duration_s, %(duration_s)s),
    file_rating = %(file_rating)s,
    rating = case when rating_decided then rating else %(file_rating)s end
where id = %(asset_id)s

-- name: set_damaged
-- Whether the main file is damaged: what this analysis says, or else the other one that looks at the whole file.
with verdict as (
  select coalesce(%(damaged)s::text, (
    select other.data ->> 'damaged' from result other
    where other.asset_id = %(asset_id)s and other.analysis = any(%(others)s::text[])
      and other.data ->> 'damaged' is not null
    limit 1)) as words),
  shown as (
    update asset set damaged = verdict.words from verdict
    where id = %(asset_id)s and damaged is distinct from verdict.words)
update file f set damaged = verdict.words
from verdict, asset a
where a.id = %(asset_id)s and f.asset_id = a.id and f.sha512 = a.sha512 and f.role <> 'sidecar'
  and f.damaged is distinct from verdict.words

-- name: set_picture
-- Size as decoded, which is truer than what tags claim, the tiny picture, and another mark for the addresses of all.
update asset
set width = %(width)s, height = %(height)s, duration_s = coalesce(%(duration_s)s, duration_s),
    placeholder = %(placeholder)s, picture_mark = substr(md5(clock_timestamp()::text || id::text), 1, 8)
where id = %(asset_id)s
