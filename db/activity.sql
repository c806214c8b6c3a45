-- name: per_analysis
-- How far each analysis is with the owner's assets. The counts are kept (table job_count); what the owner does not
-- see, the trash and other libraries, is taken off. The speed is that of the last 5000 jobs of the last five minutes.
with counted as (
  select analysis, state, n from job_count
  union all
  select job.analysis, job.state, -count(*)
  from asset join job on job.asset_id = asset.id
  where asset.owner_id = %(owner_id)s and asset.deleted_at is not null
  group by 1, 2
  union all
  select job.analysis, job.state, -count(*)
  from asset join job on job.asset_id = asset.id
  where asset.owner_id < %(owner_id)s
  group by 1, 2
  union all
  select job.analysis, job.state, -count(*)
  from asset join job on job.asset_id = asset.id
  where asset.owner_id > %(owner_id)s
  group by 1, 2
), summed as (
  select analysis,
    coalesce(sum(n) filter (where state = 'waiting'), 0)::bigint as waiting,
    coalesce(sum(n) filter (where state = 'running'), 0)::bigint as running,
    coalesce(sum(n) filter (where state = 'done'), 0)::bigint as done,
    coalesce(sum(n) filter (where state = 'failed'), 0)::bigint as failed,
    coalesce(sum(n) filter (where state = 'skipped'), 0)::bigint as skipped
  from counted group by analysis
), ended as (
  select analysis, changed_at from job
  where state in ('done', 'failed') and changed_at > now() - interval '5 minutes'
  order by changed_at desc limit 5000
), speed as (
  select analysis, count(*) as lately, extract(epoch from now() - min(changed_at))::float8 as lately_s
  from ended group by analysis
)
select analysis.name, analysis.version, analysis.paused, analysis.slots,
  coalesce(summed.waiting, 0) as waiting, coalesce(summed.running, 0) as running, coalesce(summed.done, 0) as done,
  coalesce(summed.failed, 0) as failed, coalesce(summed.skipped, 0) as skipped,
  coalesce(speed.lately, 0) as lately, speed.lately_s, retryable.n as can_retry
from analysis
cross join lateral (
  select count(*) as n
  from job join asset on asset.id = job.asset_id
  where job.analysis = analysis.name and job.state = 'failed'
    and asset.owner_id = %(owner_id)s and asset.deleted_at is null
    and (not job.permanent or job.version is distinct from analysis.version)
) as retryable
left join summed on summed.analysis = analysis.name
left join speed on speed.analysis = analysis.name
order by analysis.name

-- name: fold_counts
-- Put the many small changes of job_count together into one row per analysis and state.
with gone as (delete from job_count returning analysis, state, n, ended, seconds, attempts, deaths)
insert into job_count (analysis, state, n, ended, seconds, attempts, deaths)
select analysis, state, sum(n), sum(ended), sum(seconds), sum(attempts), sum(deaths)
from gone group by 1, 2
having sum(n) <> 0 or sum(ended) <> 0 or sum(attempts) <> 0 or sum(deaths) <> 0

-- name: set_slots
-- How many files of an analysis at once in each worker process; null: as started. No row for an unknown analysis.
update analysis set slots = %(slots)s where name = %(analysis)s returning name

-- name: slots
-- How many files at once, where somebody said so.
select name, slots from analysis where name = any(%(names)s) and slots is not null

-- name: failures
-- Why assets failed in one analysis, the most frequent reason first, with the first twenty assets of each; whether
-- trying again may help any of them.
with failed as (
  select coalesce(job.error, '') as reason, asset.id, asset.name,
    bool_or(not job.permanent or job.version is distinct from analysis.version) over (
      partition by coalesce(job.error, '')) as can_retry,
    row_number() over (partition by coalesce(job.error, '') order by asset.id) as nth,
    count(*) over (partition by coalesce(job.error, '')) as count
  from job join asset on asset.id = job.asset_id join analysis on analysis.name = job.analysis
  where asset.owner_id = %(owner_id)s and asset.deleted_at is null
    and job.analysis = %(analysis)s and job.state = 'failed'
)
select reason, count, can_retry, jsonb_agg(jsonb_build_object('id', id, 'name', name) order by id) as assets
from failed
where nth <= 20
  and (%(after_count)s::bigint is null or (-count, reason) > (-%(after_count)s::bigint, %(after_reason)s::text))
group by reason, count, can_retry
order by count desc, reason
limit %(most)s::bigint

-- name: analysis_exists
-- Whether there is such an analysis.
select exists (select from analysis where name = %(analysis)s) as known

-- name: set_paused
-- Stops or continues handing out an analysis's jobs. No row for an unknown one.
update analysis set paused = %(paused)s where name = %(analysis)s returning name

-- name: totals
-- The library in numbers. The counts of jobs are kept (table job_count), as for per_analysis.
with counted as (
  select state, n from job_count
  union all
  select job.state, -count(*)
  from asset join job on job.asset_id = asset.id
  where asset.owner_id = %(owner_id)s and asset.deleted_at is not null
  group by 1
  union all
  select job.state, -count(*)
  from asset join job on job.asset_id = asset.id
  where asset.owner_id < %(owner_id)s
  group by 1
  union all
  select job.state, -count(*)
  from asset join job on job.asset_id = asset.id
  where asset.owner_id > %(owner_id)s
  group by 1
)
select count(*) as assets,
  count(*) filter (where kind = 'photo') as photos,
  count(*) filter (where kind = 'video') as videos,
  coalesce((select sum(file.bytes) from file where file.owner_id = %(owner_id)s), 0)::bigint as bytes,
  coalesce((select sum(n) from counted where state = 'waiting'), 0)::bigint as waiting,
  coalesce((select sum(n) from counted where state = 'running'), 0)::bigint as running,
  coalesce((select sum(n) from counted where state = 'failed'), 0)::bigint as failed
from asset
where owner_id = %(owner_id)s and deleted_at is null

-- name: current_version
-- What results of an analysis are marked with now.
select version from analysis where name = %(analysis)s
