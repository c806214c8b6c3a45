-- name: begin
-- A long deed begins.
insert into deed (owner_id, kind, title, analysis, total, message)
values (%(owner_id)s, %(kind)s, %(title)s, %(analysis)s, %(total)s, '')
returning id

-- name: beat
-- It goes on: so much is done. Answers whether somebody asked to end it; no row when it has ended already.
update deed
set done = done + %(step)s, total = coalesce(%(total)s, total), message = coalesce(%(message)s, message),
    stored = stored + %(stored)s, known = known + %(known)s, refused = refused + %(refused)s,
    beat_at = clock_timestamp()
where id = %(id)s and state = 'running'
returning cancel_asked

-- name: refuse
-- Files of a deed that were not taken.
insert into refusal (deed_id, path, kept, reason)
select %(id)s, r.path, r.kept, r.reason
from unnest(%(paths)s::text[], %(kept)s::text[], %(reasons)s::text[]) as r(path, kept, reason)

-- name: recent
-- The deed of this kind that an owner began within the last hour.
select id from deed
where owner_id = %(owner_id)s and kind = %(kind)s and began_at > now() - interval '1 hour'
order by id desc limit 1

-- name: refused_late
-- One more file of a deed that has ended already was not taken.
update deed
set done = done + 1, refused = refused + 1, total = done + 1, ended_at = clock_timestamp(),
    message = (refused + 1) || ' refused and put aside with their reasons'
where id = %(id)s

-- name: refusals
-- Files of a deed that were not taken, in their order, after an id.
select id, path, kept, reason, refused_at from refusal
where deed_id = %(id)s and id > %(after_id)s
order by id
limit %(most)s::bigint

-- name: finish
-- It has ended.
update deed
set state = %(state)s, message = coalesce(%(message)s, message), ended_at = clock_timestamp(),
    beat_at = clock_timestamp()
where id = %(id)s and state in ('waiting', 'running')
returning owner_id

-- name: listed
-- An owner's deeds, newest first, before an id. How far a re-run is and how many failed, its jobs say; whose beat has
-- stopped has died.
select deed.id, deed.kind, deed.title, deed.analysis, deed.total, deed.cancel_asked,
  case when failed.n > 0 then failed.n || ' failed' else deed.message end as message,
  deed.began_at, deed.ended_at, deed.stored, deed.known, deed.refused, refusals.reasons,
  case when deed.state = 'running' and deed.analysis is not null and pending.n = 0 then 'done'
       when deed.state = 'running' and deed.analysis is null
            and deed.beat_at < now() - make_interval(secs => %(dead_s)s) then 'failed'
       else deed.state end as state,
  case when deed.state = 'running' and deed.analysis is not null
       then greatest(deed.total - pending.n, 0) else deed.done end as done
from deed
left join lateral (
  select count(*) as n from job
  where deed.state = 'running' and job.analysis = deed.analysis and job.state in ('waiting', 'running')
    and job.state_before is not null
) as pending on true
cross join lateral (
  select count(*) as n from job join asset on asset.id = job.asset_id
  where deed.analysis is not null and job.analysis = deed.analysis and job.state = 'failed'
    and asset.owner_id = deed.owner_id
    and job.changed_at between deed.began_at and coalesce(deed.ended_at, now())
) as failed
cross join lateral (
  select coalesce(jsonb_agg(to_jsonb(r) order by count desc, reason), '[]') as reasons
  from (
    select reason, count(*) as count,
      (array_agg(jsonb_build_object('path', path, 'kept', kept) order by id))[1:20] as files
    from refusal where deed_id = deed.id group by reason order by count desc, reason limit 20) r
) as refusals
where deed.owner_id = %(owner_id)s
  and (%(id)s::bigint is null or deed.id = %(id)s::bigint)
  and (%(before_id)s::bigint is null or deed.id < %(before_id)s::bigint)
order by deed.id desc
limit %(most)s::bigint

-- name: ask_to_cancel
-- Whoever does it ends it at its next step. No row when it has ended already.
update deed set cancel_asked = true
where id = %(id)s and owner_id = %(owner_id)s and state in ('waiting', 'running')
returning analysis

-- name: take_back
-- A re-run's jobs that have not begun become what they were before.
update job
set state = state_before, error = error_before, state_before = null, error_before = null, delivered_at = null,
    changed_at = clock_timestamp()
from asset
where asset.id = job.asset_id and asset.owner_id = %(owner_id)s
  and job.analysis = %(analysis)s and job.state = 'waiting' and job.state_before is not null

-- name: reap
-- Deeds whose process died, and re-runs whose jobs have all ended.
update deed
set state = case when analysis is null then 'failed' else 'done' end,
    done = case when analysis is null then done else coalesce(total, done) end,
    message = case when analysis is null then 'the process that did it ended before it was done; begin it again, what was done is kept' else message end,
    ended_at = clock_timestamp()
where state = 'running'
  and case when analysis is null then beat_at < now() - make_interval(secs => %(dead_s)s)
      else not exists (
        select from job
        where job.analysis = deed.analysis and job.state in ('waiting', 'running') and job.state_before is not null
      ) end
returning owner_id
