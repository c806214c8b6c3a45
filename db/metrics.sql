-- name: library
-- The library in numbers, the trash left out.
select count(*) filter (where kind = 'photo') as photos, count(*) filter (where kind = 'video') as videos,
  (select coalesce(sum(bytes), 0) from file)::bigint as bytes
from asset where deleted_at is null

-- name: analyses
-- Each analysis: how many jobs in which state now, what was counted since the beginning, and for how many seconds the job
-- that waits longest could have been begun. The counts are kept (table job_count).
with counted as (
  select analysis,
    coalesce(sum(n) filter (where state = 'waiting'), 0)::bigint as waiting,
    coalesce(sum(n) filter (where state = 'running'), 0)::bigint as running,
    coalesce(sum(n) filter (where state = 'done'), 0)::bigint as done,
    coalesce(sum(n) filter (where state = 'failed'), 0)::bigint as failed,
    coalesce(sum(n) filter (where state = 'skipped'), 0)::bigint as skipped,
    coalesce(sum(ended) filter (where state = 'done'), 0)::bigint as ended_done,
    coalesce(sum(ended) filter (where state = 'failed'), 0)::bigint as ended_failed,
    coalesce(sum(ended) filter (where state = 'skipped'), 0)::bigint as ended_skipped,
    coalesce(sum(seconds) filter (where state = 'done'), 0) as seconds_done,
    coalesce(sum(seconds) filter (where state = 'failed'), 0) as seconds_failed,
    coalesce(sum(seconds) filter (where state = 'skipped'), 0) as seconds_skipped,
    sum(attempts)::bigint as attempts, sum(deaths)::bigint as deaths
  from job_count group by analysis
)
select name, paused,
  coalesce(waiting, 0) as waiting, coalesce(running, 0) as running, coalesce(done, 0) as done,
  coalesce(failed, 0) as failed, coalesce(skipped, 0) as skipped,
  coalesce(ended_done, 0) as ended_done, coalesce(ended_failed, 0) as ended_failed,
  coalesce(ended_skipped, 0) as ended_skipped,
  coalesce(seconds_done, 0) as seconds_done, coalesce(seconds_failed, 0) as seconds_failed,
  coalesce(seconds_skipped, 0) as seconds_skipped,
  coalesce(attempts, 0) as attempts, coalesce(deaths, 0) as deaths,
  greatest(0, extract(epoch from now() - (
    select min(not_before) from job where job.analysis = analysis.name and job.state = 'waiting')))::float8 as oldest_s
from analysis left join counted on counted.analysis = analysis.name
order by name
