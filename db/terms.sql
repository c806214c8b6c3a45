-- Searchable words: writing them. Reading them is db/search.py.

-- name: delete_terms
-- What earlier runs of an analysis said about some assets, the lines put together as well.
with documents as (delete from document where asset_id = any(%(asset_ids)s) and analysis = %(analysis)s)
delete from term where asset_id = any(%(asset_ids)s) and analysis = %(analysis)s;

-- name: insert_terms
-- New terms, given as one JSON list, and those of their words that are new in the library of the assets' owner. Sorted,
-- so that two workers saving at the same time wait for each other in the same order and can never lock each other out.
with given as materialized (
  select * from jsonb_to_recordset(%(rows)s::jsonb) as r(
    asset_id bigint, kind text, ordinal int, words text, score real, x real, y real, w real, h real,
    at_s double precision, end_s double precision, word_at_s double precision[])),
new_words as (
  insert into vocabulary (owner_id, kind, word, suggested)
  select distinct a.owner_id, g.kind, w.word, w.suggested
  from given g
  -- by its key, one by one: guessing at many rows, the planner would read all assets
  cross join lateral (select owner_id from asset where id = g.asset_id limit 1) a
  cross join lateral vocabulary_words(g.kind, g.words) w
  where not exists (select from vocabulary v where v.owner_id = a.owner_id and v.kind = g.kind and v.word = w.word)
  order by 1, 2, 3, 4 desc
  on conflict do nothing)
insert into term (asset_id, analysis, version, kind, ordinal, words, score, x, y, w, h, at_s, end_s, word_at_s)
select asset_id, %(analysis)s, %(version)s, kind, ordinal, words, score, x, y, w, h, at_s, end_s, word_at_s
from given order by asset_id, kind, ordinal;

-- name: insert_documents
-- Lines put together, given as one JSON list.
insert into document (asset_id, analysis, kind, part, score, tsv)
select r.asset_id, %(analysis)s, r.kind, r.part, r.score, to_tsvector('simple', search_text(r.words))
from jsonb_to_recordset(%(rows)s::jsonb) as r(asset_id bigint, kind text, part int, score real, words text);
