-- What a query that is being typed may go on with.

-- name: labels
-- Whole labels (things, tags, places, cameras) that begin with what is typed, with the number of assets each is on;
-- no further than `counted_to` is counted, as a letter begins what is on every second asset.
select common.kind, spelled.label, common.count
from (
  select l.kind, l.label, counted.count
  from label l
  cross join lateral (
    select count(*) as count
    from (
      select from posting p
      where p.owner_id = %(owner_id)s and p.kind = l.kind and p.word = l.label
        and p.asset_id not in (select id from asset where owner_id = %(owner_id)s and deleted_at is not null)
      limit %(counted_to)s) few) counted
  where l.kind = any(%(kinds)s::text[]) and l.label ^@ plain_text(%(typed)s) and counted.count > 0
  order by counted.count desc, l.label
  limit %(most)s) common
cross join lateral (
  select t.words as label
  from (
    select p.asset_id from posting p
    where p.owner_id = %(owner_id)s and p.kind = common.kind and p.word = common.label
      and p.asset_id not in (select id from asset where owner_id = %(owner_id)s and deleted_at is not null)
    limit 1) one
  join term t on t.asset_id = one.asset_id and t.kind = common.kind and t.label = common.label
  limit 1) spelled
order by common.count desc, spelled.label;

-- name: words
-- Words read, heard, or of file names that begin with what is typed, with the number of assets each is in. The
-- shortest few are counted only, as a single letter begins thousands.
select v.kind, v.word as label, counted.count
from (
  select kind, word from vocabulary
  where owner_id = %(owner_id)s and kind = any(%(kinds)s::text[]) and word ^@ plain_text(%(typed)s)
    and suggested
  order by length(word), word, kind
  limit %(looked_at)s
) v
cross join lateral (
  select count(*) as count
  from (
    select from posting p
    where p.owner_id = %(owner_id)s and p.kind = v.kind and p.word = v.word
      and p.asset_id not in (select id from asset where owner_id = %(owner_id)s and deleted_at is not null)
    limit %(counted_to)s) few
) counted
where counted.count > 0
order by counted.count desc, label
limit %(most)s;

-- name: named
-- Countries or lenses whose name begins with what is typed, or has a word that does.
select %(field)s as kind, n.name as label, n.count
from (
  select case %(field)s when 'country' then place_country else lens end as name, count(*) as count
  from asset where owner_id = %(owner_id)s and deleted_at is null group by 1) n
where n.name is not null and (' ' || plain_text(n.name)) like '%% ' || plain_text(%(typed)s) || '%%'
order by n.count desc, label
limit %(most)s;

-- name: values
-- How many assets each value of a filter finds. First all that are alike are counted: they are few kinds.
with alike as (
  select case %(field)s when 'kind' then kind when 'format' then mime end as name,
    case %(field)s when 'taken' then date_part('year', taken_local) when 'rating' then rating end as number,
    case when %(field)s in ('has', 'no') then has end as has, %(field)s in ('has', 'no') and lat is not null as placed,
    %(field)s in ('has', 'no') and taken_local is not null as dated,
    %(field)s = 'is' and damaged is not null as damaged, count(*) as n
  from asset where owner_id = %(owner_id)s and deleted_at is null group by 1, 2, 3, 4, 5, 6)
select v.label, sum(alike.n)::bigint as count
from alike cross join lateral (
  select name as label where %(field)s = 'kind'
  union all select split_part(name, '/', 2) where %(field)s = 'format'
  union all select number::int::text where number is not null
  union all select h from unnest(has) h where %(field)s = 'has'
  union all select 'position' where %(field)s = 'has' and placed
  union all select 'date' where %(field)s = 'has' and dated
  union all select 'damaged' where damaged
  union all select h from unnest(array['position', 'date', 'faces', 'text', 'speech', 'objects']) h
    where %(field)s = 'no'
      and case h when 'position' then not placed when 'date' then not dated else not has @> array[h] end) v
where v.label ^@ lower(%(typed)s)
group by v.label
order by case when %(field)s in ('taken', 'rating') then v.label end desc, count desc, v.label
limit %(most)s;
