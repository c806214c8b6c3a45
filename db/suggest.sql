-- What a query that is being typed may go on with.

-- name: labels
-- Whole labels (things, tags, places, cameras) that begin with what is typed, with the number of assets each is on.
select t.kind, min(t.words) as label, count(distinct t.asset_id) as count
from term t
join asset a on a.id = t.asset_id
where t.kind = any(%(kinds)s::text[]) and t.label ^@ plain_text(%(typed)s)
  and a.owner_id = %(owner_id)s and a.deleted_at is null
group by t.kind, t.label
order by count desc, label
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
  select count(distinct t.asset_id) as count
  from term t
  join asset a on a.id = t.asset_id
  where t.tsv @@ phraseto_tsquery('simple', v.word) and t.kind = v.kind
    and a.owner_id = %(owner_id)s and a.deleted_at is null
) counted
where counted.count > 0
order by counted.count desc, label
limit %(most)s;
