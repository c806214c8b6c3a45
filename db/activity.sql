-- name: per_analysis
-- How far each analysis is with the owner's assets; what ended in the last five minutes gives the speed.
select analysis.name, analysis.version, analysis.paused,
  count(*) filter (where job.state = 'waiting') as waiting,
  count(*) filter (where job.state = 'running') as running,
  count(*) filter (where job.state = 'done') as done,
  count(*) filter (where job.state = 'failed') as failed,
  count(*) filter (where job.state = 'skipped') as skipped,
  count(*) filter (
    where job.state in ('done', 'failed') and job.changed_at > now() - interval '5 minutes'
  ) as lately,
  extract(epoch from now() - min(job.changed_at) filter (
    where job.state in ('done', 'failed') and job.changed_at > now() - interval '5 minutes'
  ))::float8 as lately_s
from analysis
left join (
  select job.* from job join asset on asset.id = job.asset_id
  where asset.owner_id = %(owner_id)s and asset.deleted_at is null
) as job on job.analysis = analysis.name
group by analysis.name
order by analysis.name

-- name: failures
-- Why assets failed in one analysis, the most frequent reason first, with the first twenty assets of each.
with failed as (
  select coalesce(job.error, '') as reason, asset.id, asset.name,
    row_number() over (partition by coalesce(job.error, '') order by asset.id) as nth,
    count(*) over (partition by coalesce(job.error, '')) as count
  from job join asset on asset.id = job.asset_id
  where asset.owner_id = %(owner_id)s and asset.deleted_at is null
    and job.analysis = %(analysis)s and job.state = 'failed'
)
select reason, count, jsonb_agg(jsonb_build_object('id', id, 'name', name) order by id) as assets
from failed
where nth <= 20
  and (%(after_count)s::bigint is null or (-count, reason) > (-%(after_count)s::bigint, %(after_reason)s::text))
group by reason, count
order by count desc, reason
limit %(most)s::bigint

-- name: analysis_exists
-- Whether there is such an analysis.
select exists (select from analysis where name = %(analysis)s) as known

-- name: set_paused
-- Stops or continues handing out an analysis's jobs. No row for an unknown one.
update analysis set paused = %(paused)s where name = %(analysis)s returning name

-- name: totals
-- The library in numbers.
select count(*) as assets,
  count(*) filter (where kind = 'photo') as photos,
  count(*) filter (where kind = 'video') as videos,
  coalesce((select sum(file.bytes) from file where file.owner_id = %(owner_id)s), 0)::bigint as bytes,
  (select count(*) from job join asset a on a.id = job.asset_id
   where a.owner_id = %(owner_id)s and a.deleted_at is null and job.state = 'waiting') as waiting,
  (select count(*) from job join asset a on a.id = job.asset_id
   where a.owner_id = %(owner_id)s and a.deleted_at is null and job.state = 'running') as running,
  (select count(*) from job join asset a on a.id = job.asset_id
   where a.owner_id = %(owner_id)s and a.deleted_at is null and job.state = 'failed') as failed
from asset
where owner_id = %(owner_id)s and deleted_at is null

-- name: current_version
-- What results of an analysis are marked with now.
select version from analysis where name = %(analysis)s
