-- name: register_analysis
-- Write down what a worker declares, so that ingest and follow-ups need not know the workers.
insert into analysis (name, version, kinds, after, reads)
values (%(name)s, %(version)s, %(kinds)s, %(after)s, %(reads)s)
on conflict (name) do update
  set version = excluded.version, kinds = excluded.kinds, after = excluded.after, reads = excluded.reads,
      updated_at = now()
  where (analysis.version, analysis.kinds, analysis.after, analysis.reads)
        is distinct from (excluded.version, excluded.kinds, excluded.after, excluded.reads)

-- name: forget_analyses
-- Analyses that no longer exist in the code, with their jobs; their results stay readable.
with gone as (delete from job where analysis <> all(%(names)s))
delete from analysis where name <> all(%(names)s)

-- name: start_asset
-- The jobs an asset begins with: every analysis of its kind that waits for no other. Of those, the ones to deliver.
with created as (
  insert into job (asset_id, analysis, state, lane)
  select %(asset_id)s, name, 'waiting', %(lane)s from analysis
  where per_asset and %(kind)s = any(kinds) and after = '{}' and reads = '{}'
  on conflict (asset_id, analysis) do nothing
  returning id, analysis, lane)
select c.id, c.analysis, c.lane from created c join analysis n on n.name = c.analysis where not n.paused

-- name: follow_ups
-- The jobs that may begin now that others of the same asset have ended well. Of those, the ones to deliver.
with created as (
  insert into job (asset_id, analysis, state, lane)
  select a.id, n.name, 'waiting', %(lane)s
  from asset a join analysis n on n.per_asset and a.kind = any(n.kinds)
  where a.id = %(asset_id)s and (n.after <> '{}' or n.reads <> '{}')
    and n.after <@ array(select j.analysis from job j where j.asset_id = a.id and j.state in ('done', 'skipped'))
    and all_settled(a.id, a.kind, n.reads)
  on conflict (asset_id, analysis) do nothing
  returning id, analysis, lane)
select c.id, c.analysis, c.lane from created c join analysis n on n.name = c.analysis where not n.paused

-- name: wake_readers
-- Analyses of an asset that read what has just changed are done again; one that runs is begun anew, as it read too early.
update job j
set state = 'waiting', lane = %(lane)s, attempts = 0, crashes = 0, error = null, leased_by = null, lease_until = null,
    delivered_at = null, not_before = now(), changed_at = clock_timestamp()
from analysis n
where j.asset_id = %(asset_id)s and n.name = j.analysis and %(name)s = any(n.reads) and j.state <> 'waiting'
returning j.id, j.analysis, j.lane

-- name: missing_jobs
-- Assets that lack a job they should have: a new analysis, or a start cut off. As it is asked every few seconds, the kept
-- counts say first of which analyses there are not as many jobs as assets.
with counted as materialized (select kind, count(*) as n from asset group by kind),
uneven as materialized (
  select name, kinds, after, reads from analysis
  where per_asset and (select coalesce(sum(n), 0) from counted where counted.kind = any(analysis.kinds))
    <> (select coalesce(sum(n), 0) from job_count where job_count.analysis = analysis.name)),
lacking as (
  select a.id, a.kind, n.name, n.after, n.reads
  from asset a join uneven n on a.kind = any(n.kinds)
  where a.deleted_at is null
    and not exists (select from job j where j.asset_id = a.id and j.analysis = n.name)
  offset 0)
insert into job (asset_id, analysis, state, lane)
select id, name, 'waiting', 'bulk' from lacking
where after <@ array(select j.analysis from job j where j.asset_id = lacking.id and j.state in ('done', 'skipped'))
  and all_settled(id, kind, reads)
limit %(most)s
on conflict (asset_id, analysis) do nothing
returning id, analysis, lane

-- name: claim
-- Take a waiting job under a lease, with the asset's main file; nothing when another was faster or it must wait.
update job j
set state = 'running', attempts = attempts + 1, leased_by = %(worker)s, lease_key = gen_random_uuid(),
    error = null, permanent = false,
    lease_until = now() + make_interval(secs => %(lease_s)s), changed_at = clock_timestamp()
from asset a join file f on f.asset_id = a.id and f.sha512 = a.sha512, analysis n
where j.id = %(job_id)s and j.state = 'waiting' and j.not_before <= now()
  and a.id = j.asset_id and n.name = j.analysis and not n.paused
returning j.id, j.analysis, j.lane, j.attempts, a.id as asset_id, a.owner_id, a.kind, a.mime, a.name, a.path,
          a.sha512, a.width, a.height, a.duration_s, f.kept, f.location, j.lease_key::text as lease_key,
          array(
            select s.kept || ':' || s.location from file s
            where s.role = 'sidecar' and s.missing_since is null and not s.apart
              and (s.asset_id = a.id or s.asset_id = a.edited_of and s.mime = 'application/json' and not exists (
                select from file o where o.asset_id = a.id and o.role = 'sidecar' and o.mime = s.mime))
            order by s.added_at desc, s.id desc limit 20) as sidecars,
          array(
            select jsonb_build_object('sha512', encode(v.sha512, 'hex'), 'kept', v.kept, 'location', v.location)
            from file v
            where v.asset_id = a.id and v.role in ('variant', 'raw') and v.sha512 <> a.sha512
              and v.missing_since is null
            order by v.role desc, v.id limit 10) as others

-- name: undeliver
-- The job could not be claimed although it waits (paused, or too early): deliver it again when its time comes.
update job set delivered_at = null where id = %(job_id)s and state = 'waiting'

-- name: extend_lease
-- The worker lives; its job stays its own. No row when it was taken away.
update job set lease_until = now() + make_interval(secs => %(lease_s)s)
where id = %(job_id)s and state = 'running' and leased_by = %(worker)s
returning id

-- name: lock_asset
-- Until the transaction ends nobody else ends an analysis of this asset.
select id from asset where id = %(asset_id)s for update

-- name: finish
-- The job's end, only for the worker that still holds it. The asset's row is locked first and until the transaction
-- ends: follow-ups look at what else has ended, so two workers ending together must look one after the other.
update job j
set state = %(state)s, version = coalesce(%(version)s, version), error = %(error)s, seconds = %(seconds)s,
    permanent = %(permanent)s,
    state_before = null, error_before = null,
    leased_by = null, lease_until = null, crashes = 0, changed_at = clock_timestamp()
from (select a.id from asset a join job x on x.asset_id = a.id where x.id = %(job_id)s for update of a) locked
where j.id = %(job_id)s and j.asset_id = locked.id and j.state = 'running' and j.leased_by = %(worker)s
returning j.id

-- name: retry
-- Try again after a pause, only for the worker that still holds it.
update job
set state = 'waiting', error = %(error)s, leased_by = null, lease_until = null, delivered_at = null,
    not_before = now() + make_interval(secs => %(delay_s)s), changed_at = clock_timestamp()
where id = %(job_id)s and state = 'running' and leased_by = %(worker)s
returning id

-- name: put_off
-- Like retry, but this try does not count: something else than the file stood in the way.
update job
set state = 'waiting', error = %(error)s, leased_by = null, lease_until = null, delivered_at = null,
    attempts = greatest(attempts - 1, 0),
    not_before = now() + make_interval(secs => %(delay_s)s), changed_at = clock_timestamp()
where id = %(job_id)s and state = 'running' and leased_by = %(worker)s
returning id

-- name: recover
-- Jobs whose worker died: expired leases, or those of the workers named. The third death sets the file aside.
-- The first retry is at once, as most were just there when it died; the second waits, as the file may be the cause.
update job
set crashes = crashes + %(count)s,
    state = case when crashes + %(count)s >= %(most)s then 'failed' else 'waiting' end,
    error = case when crashes + %(count)s >= %(most)s
                 then format('set aside: its worker died %%s times while working on this file', crashes + %(count)s)
                 else 'its worker died; trying again' end,
    leased_by = null, lease_until = null, delivered_at = null, changed_at = clock_timestamp(),
    not_before = now() + make_interval(secs => case when crashes > 0 and %(count)s > 0 then 20 else 0 end)
where state = 'running' and (lease_until < now() or leased_by = any(%(workers)s) or %(all)s)
returning id, analysis, asset_id, state

-- name: take_undelivered
-- Waiting jobs that no queue holds yet and whose time has come, arrivals first.
update job set delivered_at = clock_timestamp()
where id in (
  select j.id from job j join analysis n on n.name = j.analysis
  where j.state = 'waiting' and j.delivered_at is null and j.not_before <= now() and not n.paused
  order by j.lane, j.id limit %(most)s for update of j skip locked)
returning id, analysis, lane

-- name: mark_delivered
-- These jobs were handed to the queue.
update job set delivered_at = clock_timestamp() where id = any(%(ids)s) and state = 'waiting'

-- name: lost_deliveries
-- As many jobs of an analysis as its queue lacks, those delivered first and a while ago: deliver them again.
update job set delivered_at = null
where id in (
  select id from job
  where state = 'waiting' and analysis = %(analysis)s and delivered_at < now() - make_interval(secs => %(age_s)s)
  order by delivered_at, id limit %(most)s)

-- name: overtaken_deliveries
-- Jobs of which later ones of the same lane were begun long ago, so that no queue can hold them any more: deliver them
-- again, the oldest first. Of the jobs that ended last the earliest delivery counts: one that came twice, and so was
-- begun early, says nothing about the others.
with ended as (
  select analysis, lane, delivered_at, row_number() over (partition by analysis, lane order by changed_at desc) as nth
  from job
  where state in ('done', 'failed') and changed_at > now() - interval '5 minutes' and delivered_at is not null),
begun as (select analysis, lane, min(delivered_at) as delivered_at from ended where nth <= 20 group by analysis, lane)
update job set delivered_at = null
where id in (
  select j.id from job j join begun b on b.analysis = j.analysis and b.lane = j.lane
  where j.state = 'waiting' and j.delivered_at < b.delivered_at - make_interval(secs => %(age_s)s)
    and j.delivered_at < now() - make_interval(secs => %(age_s)s)
  order by j.delivered_at limit %(most)s)

-- name: dead_deliveries
-- Jobs that workers were given again and again without ever beginning them: as if a worker had died on each, with the
-- same end.
update job
set crashes = crashes + 1,
    state = case when crashes + 1 >= %(most)s then 'failed' else 'waiting' end,
    error = case when crashes + 1 >= %(most)s
                 then 'set aside: its workers died again and again before they could begin with this file'
                 else 'its workers died before they could begin; trying again' end,
    delivered_at = null, changed_at = clock_timestamp(), not_before = now() + interval '20 seconds'
where id = any(%(ids)s) and state = 'waiting'
returning id

-- name: waiting_by_analysis
-- How much is waiting although delivered, per analysis.
select analysis, count(*)::int as waiting from job
where state = 'waiting' and delivered_at is not null group by analysis

-- name: unfinished
-- How much is still to be done, of all assets or of those named.
select count(*)::int as unfinished from job
where state in ('waiting', 'running') and (%(asset_ids)s::bigint[] is null or asset_id = any(%(asset_ids)s))

-- name: requeue
-- Do it again, behind what arrives: the failed ones, those of them that it may help, those behind the current version,
-- or all. What a job of many was before stays known, so that a re-run can be taken back.
update job j
set state_before = case when %(asset_id)s::bigint is null then j.state end,
    error_before = case when %(asset_id)s::bigint is null then j.error end,
    state = 'waiting', lane = %(lane)s, attempts = 0, crashes = 0, error = null, delivered_at = null,
    not_before = now(), changed_at = clock_timestamp()
from asset a, analysis n
where a.id = j.asset_id and a.owner_id = %(owner_id)s and n.name = j.analysis and j.analysis = %(analysis)s
  and j.state in ('done', 'failed', 'skipped')
  and (%(asset_id)s::bigint is null or j.asset_id = %(asset_id)s)
  and case %(which)s when 'failed' then j.state = 'failed'
                     when 'retryable' then j.state = 'failed' and (not j.permanent or j.version is distinct from n.version)
                     when 'stale' then j.version is distinct from n.version and j.state <> 'failed'
                     else true end
returning j.id

-- name: notify
-- Tell whoever listens (the web page) that something of an owner changed.
select pg_notify('fovea_event', json_build_object('event', %(event)s::text, 'owner_id', %(owner_id)s::bigint,
                                                  'id', %(id)s::bigint)::text)
