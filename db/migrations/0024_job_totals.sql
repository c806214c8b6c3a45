-- What Prometheus counts: jobs that ended, how long they took, how often they were begun, how often a worker died with
-- one. These only grow, whatever becomes of the jobs themselves; like the counts they are sums of small changes.
alter table job_count add column ended    bigint not null default 0;
alter table job_count add column seconds  double precision not null default 0;
alter table job_count add column attempts bigint not null default 0;
alter table job_count add column deaths   bigint not null default 0;

create or replace function count_jobs() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into job_count (analysis, state, n) select analysis, state, count(*) from fresh group by 1, 2;
  elsif tg_op = 'DELETE' then
    insert into job_count (analysis, state, n) select analysis, state, -count(*) from stale group by 1, 2;
  else
    insert into job_count (analysis, state, n, ended, seconds, attempts, deaths)
    select analysis, state, sum(n), sum(ended::int), coalesce(sum(seconds) filter (where ended), 0),
      sum(begun::int), sum(died::int)
    from (
      select fresh.analysis, fresh.state, 1 as n, fresh.seconds,
        stale.state = 'running' and fresh.state in ('done', 'failed', 'skipped') as ended,
        stale.state = 'waiting' and fresh.state = 'running' as begun,
        stale.state = 'running' and fresh.crashes > stale.crashes as died
      from fresh join stale using (id)
      union all
      select analysis, state, -1, null, false, false, false from stale
    ) as moved
    group by 1, 2
    having sum(n) <> 0 or bool_or(ended or begun or died);
  end if;
  return null;
end $$;

-- How long the longest waiting job of each analysis could have run is asked at each scrape; this serves whatever the
-- index on not_before alone did.
drop index job_not_before_idx;
create index on job (analysis, not_before) where state = 'waiting';
