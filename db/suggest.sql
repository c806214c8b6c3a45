-- What a query that is being typed may go on with.

-- name: labels
-- Whole labels (things, tags, places, cameras) that begin with what is typed, with the number of assets each is on;
-- no further than `counted_to` is counted, as a letter begins what is on every second asset.
select l.kind, spelled.label, counted.count
from label l
cross join lateral (
  select count(*) as count
  from (
    select distinct t.asset_id from term t join asset a on a.id = t.asset_id
    where t.kind = l.kind and t.label = l.label and t.label is not null
      and a.owner_id = %(owner_id)s and a.deleted_at is null
    limit %(counted_to)s) few) counted
cross join lateral (
  select t.words as label from term t join asset a on a.id = t.asset_id
  where t.kind = l.kind and t.label = l.label and t.label is not null
    and a.owner_id = %(owner_id)s and a.deleted_at is null
  limit 1) spelled
where l.kind = any(%(kinds)s::text[]) and l.label ^@ plain_text(%(typed)s) and counted.count > 0
order by counted.count desc, spelled.label
limit %(most)s;

-- name: words
-- Words read, heard, or of file names that begin with what is typed, with the number of assets each is in. The
-- shortest few are counted only, as a single letter begins thousands.
select v.kind, v.word as label, counted.count
from (
  select kind, word from vocabulary
  where owner_id = %(owner_id)s and kind = any(%(kinds)s::text[]) and word ^@ plain_text(%(typed)s)
  order by length(word), word, kind
  limit %(looked_at)s
) v
cross join lateral (
  select count(distinct asset_id) as count
  from (
    select t.asset_id from term t join asset a on a.id = t.asset_id
    where t.label is null and t.tsv @@ phraseto_tsquery('simple', v.word) and t.kind = v.kind
      and a.owner_id = %(owner_id)s and a.deleted_at is null
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
-- How many assets each value of a filter finds.
with mine as (
  select kind, has, lat is not null as has_position, mime, taken_local, rating
  from asset where owner_id = %(owner_id)s and deleted_at is null)
select v.label, count(*) as count
from mine cross join lateral (
  select mine.kind as label where %(field)s = 'kind'
  union all select h from unnest(has) h where %(field)s = 'has'
  union all select 'position' where %(field)s = 'has' and has_position
  union all select h from unnest(array['position', 'faces', 'text', 'speech', 'objects']) h
    where %(field)s = 'no' and case h when 'position' then not has_position else not has @> array[h] end
  union all select split_part(mime, '/', 2) where %(field)s = 'format'
  union all select extract(year from taken_local)::int::text where %(field)s = 'taken' and taken_local is not null
  union all select rating::text where %(field)s = 'rating' and rating is not null) v
where v.label ^@ lower(%(typed)s)
group by v.label
order by case when %(field)s in ('taken', 'rating') then v.label end desc, count desc, v.label
limit %(most)s;
