-- name: cost_of_rerun
-- How many jobs a re-run would do, and how long they took the last time; where one never ended, the mean of the others.
with mean as (
  select coalesce(avg(seconds), 0) as s from job
  where analysis = %(analysis)s and state = 'done' and seconds is not null
)
select count(j.id)::int as files, mean.s::float8 as mean_s,
  coalesce(sum(coalesce(j.seconds, mean.s)) filter (where j.id is not null), 0)::float8 as work_s
from mean left join (
  job j join asset a on a.id = j.asset_id and a.owner_id = %(owner_id)s
    join analysis n on n.name = j.analysis
) on j.analysis = %(analysis)s and j.state in ('done', 'failed', 'skipped')
  and case %(which)s when 'failed' then j.state = 'failed'
                     when 'retryable' then j.state = 'failed' and (not j.permanent or j.version is distinct from n.version)
                     when 'stale' then j.version is distinct from n.version and j.state <> 'failed'
                     else true end
group by mean.s
