-- Passages: writing them. What is near a query is db/meaning.py.

-- name: terms_of_asset
-- What an asset's passages are made of, in reading order.
select kind, words, score, x, y, w, h, at_s, end_s from term
where asset_id = %(asset_id)s and kind in ('object', 'tag', 'place', 'text', 'said', 'comment')
order by kind, at_s nulls first, analysis, ordinal;

-- name: known_passages
-- Which of these texts have their vector already.
select p.words from passage p join space s on s.id = p.space_id
where p.owner_id = %(owner_id)s and s.name = %(space)s
  and md5(p.words) = any(array(select md5(w) from unnest(%(words)s::text[]) w));

-- name: lock_passages
-- One worker at a time writes the passages of a library, so that none is let go of while another begins to use it.
select pg_advisory_xact_lock(hashtextextended('passage', %(owner_id)s));

-- name: insert_passages
-- New passages, as parallel lists.
insert into passage (owner_id, space_id, words, brief, v)
select %(owner_id)s, %(space_id)s, r.words, r.brief, r.v::halfvec
from unnest(%(words)s::text[], %(brief)s::boolean[], %(vectors)s::text[]) as r(words, brief, v)
on conflict (owner_id, space_id, md5(words)) do nothing;

-- name: unlink
-- What an asset was about before.
delete from meaning where asset_id = %(asset_id)s returning passage_id;

-- name: link
-- What an asset is about, given as one JSON list. Its time must not change between being read here and being kept.
insert into meaning (asset_id, ordinal, passage_id, source, x, y, w, h, at_s, end_s, sort_at)
select a.id, r.ordinal, p.id, r.source, r.x, r.y, r.w, r.h, r.at_s, r.end_s, a.sort_at
from (select id, sort_at from asset where id = %(asset_id)s for no key update) a
cross join jsonb_to_recordset(%(rows)s::jsonb) as r(
  ordinal int, words text, source text, x real, y real, w real, h real, at_s double precision, end_s double precision)
join passage p on p.owner_id = %(owner_id)s and p.space_id = %(space_id)s and md5(p.words) = md5(r.words)
returning ordinal;

-- name: drop_passages
-- Those of the passages that no asset is about any more.
delete from passage p where p.id = any(%(ids)s)
  and not exists (select from meaning m where m.passage_id = p.id);

-- name: passages_of_assets
-- Where the assets of a page have these passages.
select m.asset_id, m.passage_id, m.source, p.words, m.x, m.y, m.w, m.h, m.at_s, m.end_s
from meaning m join passage p on p.id = m.passage_id
where m.asset_id = any(%(asset_ids)s::bigint[]) and m.passage_id = any(%(passage_ids)s::bigint[])
order by m.asset_id, m.ordinal;
