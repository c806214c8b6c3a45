-- name: summaries
-- A page of assets, newest capture first: those before the cursor and from `from_at` on; `dated` false asks for those
-- without a time of capture, null for all; `rough` for those of which only the 'year' or the 'month' is known, '' for
-- those of which more is. The ends are 'infinity', so that one plan serves every page.
select asset.id, kind, name, taken_at, taken_local, taken_precision, taken_source,
  taken_basis, taken_about, taken_doubt, doubted_local, utc_offset_min, offset_source, width, height, duration_s, placeholder,
  place_name, lat, lon, added_at, sort_at, damaged,
  substr(encode(asset.sha512, 'hex'), 1, 12) || picture_mark as picture_version,
  exists (
    select from job where job.asset_id = asset.id and job.state in ('waiting', 'running')
  ) as busy
from asset
where owner_id = %(owner_id)s and deleted_at is null
  and (sort_at, id) < (%(before_at)s::timestamp, %(before_id)s::bigint) and sort_at >= %(from_at)s::timestamp
  and (%(dated)s::boolean is null or (taken_local is not null) = %(dated)s::boolean)
  and (%(rough)s::text is null
    or case when taken_precision in ('year', 'month') then taken_precision else '' end = %(rough)s::text)
order by sort_at desc, id desc
limit %(most)s::bigint

-- name: summaries_by_id
-- The short form of named assets, in no order.
select asset.id, kind, name, taken_at, taken_local, taken_precision, taken_source,
  taken_basis, taken_about, taken_doubt, doubted_local, utc_offset_min, offset_source, width, height, duration_s, placeholder,
  place_name, lat, lon, added_at, sort_at, damaged,
  substr(encode(asset.sha512, 'hex'), 1, 12) || picture_mark as picture_version,
  exists (
    select from job where job.asset_id = asset.id and job.state in ('waiting', 'running')
  ) as busy
from asset
where owner_id = %(owner_id)s and deleted_at is null and id = any(%(ids)s::bigint[])

-- name: days
-- How many assets each day has and the place of more than half of them, if there is one; what has no time of capture
-- comes last. Days with their places are counted first, as sorting all assets by place for each day takes twice as long.
-- What has no day but a month or a year (`rough`) stands for itself, below the days.
select day, rough, sum(n)::bigint as count,
  case when 2 * max(n) filter (where place_name is not null) > sum(n)
    then (array_agg(place_name order by n desc, place_name) filter (where place_name is not null))[1] end as place
from (
  select taken_local::date as day, case when taken_precision in ('year', 'month') then taken_precision end as rough,
    place_name, count(*) as n
  from asset
  where owner_id = %(owner_id)s and deleted_at is null
  group by 1, 2, 3) placed
group by day, rough
order by day desc nulls last, rough nulls first

-- name: asset
-- One asset with everything that stands on its own row, and the language that a person says is spoken.
select asset.*,
  substr(encode(asset.sha512, 'hex'), 1, 12) || picture_mark as picture_version,
  (
    select choice ->> 'language' from analysis_choice where asset_id = asset.id and analysis = 'speech'
  ) as chosen_language,
  exists (
    select from job where job.asset_id = asset.id and job.state in ('waiting', 'running')
  ) as busy
from asset
where owner_id = %(owner_id)s and id = %(asset_id)s and deleted_at is null

-- name: assets_named
-- The assets that are meant by a path, the newest last: those that came under it; else those whose path ends so (a
-- file's name, or some of its folders and its name); else those whose path ends so but for capitals.
with meant as (
  select file.asset_id, file_path.path,
    case when file_path.path = %(path)s::text then 0
         when right('/' || file_path.path, length(%(path)s::text) + 1) = '/' || %(path)s::text then 1
         else 2 end as rank
  from file_path
  join file on file.id = file_path.file_id
  join asset on asset.id = file.asset_id
  where asset.owner_id = %(owner_id)s and asset.deleted_at is null
    and lower(right('/' || file_path.path, length(%(path)s::text) + 1)) = lower('/' || %(path)s::text))
select asset_id as id, min(path) as path
from meant
where rank = (select min(rank) from meant)
group by asset_id
order by asset_id
limit %(most)s::bigint

-- name: asset_id_by_sha512
-- The asset that has a file of these bytes, or had it before it was changed where it lies.
select found.asset_id
from (
  select asset_id, case when role = 'sidecar' then 1 else 0 end as rank
  from file where owner_id = %(owner_id)s and sha512 = %(sha512)s
  union all
  select asset_id, 2 from revision where owner_id = %(owner_id)s and sha512 = %(sha512)s
) as found
join asset on asset.id = found.asset_id
where asset.deleted_at is null
order by found.rank, found.asset_id
limit 1

-- name: files
-- The files of an asset with every path under which each came, the main file first.
select file.role, file.sha512, file.bytes, file.mime, file.kept, file.location, file.missing_since, file.apart, file.damaged,
  array(select path from file_path where file_id = file.id order by added_at, path) as paths,
  array(select sha512 from revision where file_id = file.id order by id desc) as former
from file
join asset on asset.id = file.asset_id
where file.asset_id = %(asset_id)s
order by file.sha512 <> asset.sha512, file.role, file.id

-- name: main_file
-- Where the main file of an asset lies, and what is needed to hand it out; `trashed` too, when that is asked.
select asset.id, asset.kind, asset.name, asset.mime, asset.sha512, asset.bytes, file.kept, file.location,
  substr(encode(asset.sha512, 'hex'), 1, 12) || picture_mark as picture_version,
  exists (
    select from job
    where job.asset_id = asset.id and job.analysis = 'preview' and job.state in ('waiting', 'running')
  ) as preview_pending
from asset
join file on file.asset_id = asset.id and file.sha512 = asset.sha512
where asset.owner_id = %(owner_id)s and asset.id = %(asset_id)s
  and (asset.deleted_at is null or %(trashed)s::boolean)

-- name: live_file
-- The moving part of a live photo that is a file of its own.
select file.role, file.mime, file.sha512, file.bytes, file.kept, file.location, asset.name
from file join asset on asset.id = file.asset_id
where asset.owner_id = %(owner_id)s and asset.id = %(asset_id)s and asset.deleted_at is null
  and file.role = 'live' and file.missing_since is null
order by file.id limit 1

-- name: file_of_asset
-- Where one file of an asset lies, by its bytes.
select file.role, file.mime, file.sha512, file.bytes, file.kept, file.location,
  coalesce((
    select regexp_replace(path, '^.*/', '') from file_path where file_id = file.id order by added_at, path limit 1
  ), asset.name) as name
from file join asset on asset.id = file.asset_id
where asset.owner_id = %(owner_id)s and asset.id = %(asset_id)s and asset.deleted_at is null
  and file.sha512 = %(sha512)s

-- name: answers
-- How far each analysis of its kind is with an asset, and its result: the current version's, or else the latest older
-- one. Without a state: it has no job, as what it comes `after` has not ended well.
select analysis.name as analysis, job.state, job.error, found.version, found.data, analysis.after,
  job.state = 'failed' and (not job.permanent or job.version is distinct from analysis.version) as can_retry
from asset
join analysis on analysis.per_asset and asset.kind = any(analysis.kinds)
left join job on job.asset_id = asset.id and job.analysis = analysis.name
left join lateral (
  select result.version, result.data
  from result
  where result.asset_id = asset.id and result.analysis = analysis.name
  order by result.version = analysis.version desc, result.created_at desc
  limit 1
) as found on job.id is not null
where asset.id = %(asset_id)s
order by analysis.name

-- name: faces
-- The faces that one version found, in the order it found them.
select id, x, y, w, h, score, at_s
from face
where asset_id = %(asset_id)s and version = %(version)s
order by ordinal

-- name: clusters
-- Assets with a position, put together by the cells of a web map: `cells` cells around the earth.
-- A box whose west is greater than its east crosses the 180th meridian. `dated` asks for those taken from `from_at` to
-- before `before_at`, without it all are meant.
with placed as (
  select id, lat, lon, sort_at,
    floor((lon + 180) / 360 * %(cells)s)::bigint as cell_x,
    floor(
      (0.5 - ln(tan(radians(45 + greatest(least(lat, 85.05), -85.05) / 2))) / (2 * pi())) * %(cells)s
    )::bigint as cell_y
  from asset
  where owner_id = %(owner_id)s and deleted_at is null
    and lat between %(south)s and %(north)s
    and case when %(west)s::double precision <= %(east)s::double precision
      then lon between %(west)s and %(east)s
      else lon >= %(west)s or lon <= %(east)s end
    and (not %(dated)s::boolean
      or taken_local >= %(from_at)s::timestamp and taken_local < %(before_at)s::timestamp)
),
clustered as (
  select avg(lat) as lat, avg(lon) as lon, count(*) as count,
    -- the newest of them; an array compares from its first element on, and no sorting is needed
    (max(array[extract(epoch from sort_at)::double precision, id::double precision]))[2]::bigint as asset_id,
    min(lon) as west, min(lat) as south, max(lon) as east, max(lat) as north
  from placed
  group by cell_x, cell_y
)
select clustered.*, substr(encode(asset.sha512, 'hex'), 1, 12) || picture_mark as picture_version
from clustered join asset on asset.id = clustered.asset_id
order by count desc, asset_id desc

-- name: map_months
-- How many assets with a position each month has, oldest first; what has no time of capture comes last.
select date_trunc('month', taken_local)::date as month, count(*) as count
from asset
where owner_id = %(owner_id)s and deleted_at is null and lat is not null
group by 1
order by 1 nulls last

-- name: decide
-- What a person decided about an asset; what is not set stays.
update asset set
  rating = case when %(set_rating)s then %(rating)s::int else rating end,
  rating_decided = rating_decided or %(set_rating)s,
  comment = coalesce(%(comment)s::text, comment),
  tags = coalesce(%(tags)s::text[], tags)
where owner_id = %(owner_id)s and id = %(asset_id)s and deleted_at is null
returning tags, comment
