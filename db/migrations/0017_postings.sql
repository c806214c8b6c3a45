-- Postings: which assets have which word, one row each, with what a page of hits is ordered by. Reading terms instead
-- meant grouping all lines of an asset, fetching the row of each, and the asset's own row for its time.
create table posting (
  owner_id bigint not null,
  kind     text not null,
  word     text not null,         -- a label as a whole; of writing, speech and names each word as spelled and its English stem
  asset_id bigint not null,       -- no foreign key: what goes goes with its terms, and each row would ask for the asset
  score    real not null,         -- of the surest term; 1 where there is nothing to doubt
  sort_at  timestamp not null     -- the asset's
);

insert into posting (owner_id, kind, word, asset_id, score, sort_at)
select a.owner_id, t.kind, w.word, t.asset_id, max(coalesce(t.score, 1)), a.sort_at
from term t join asset a on a.id = t.asset_id
cross join lateral unnest(case when t.label is null then tsvector_to_array(t.tsv) else array[t.label] end) as w(word)
group by a.owner_id, t.kind, w.word, t.asset_id, a.sort_at;

create unique index posting_word_idx on posting (owner_id, kind, word, asset_id) include (score, sort_at);
create index posting_asset_idx on posting (asset_id, kind);
-- How common a word is depends on its kind; without this the planner takes the two for independent.
create statistics posting_kind_word (mcv) on kind, word from posting;
alter statistics posting_kind_word set statistics 1000;
drop statistics term_kind_label;
drop index term_label_idx;

-- What an asset has is noted with every file that comes in: by a plan that is kept (a function in SQL is planned anew
-- each time), and not at all where nothing changed. That halves what writing a file's words costs.
create or replace function note_what_assets_have(ids bigint[]) returns void language plpgsql as $$
begin
  if cardinality(ids) = 0 then
    return;
  end if;
  update asset a set things = now_has.things, has = now_has.has
  from (
    select i.id, array(select distinct t.label from term t where t.asset_id = i.id and t.kind = 'object') as things,
      array_remove(array[
        case when exists (select from face f where f.asset_id = i.id) then 'faces' end,
        case when exists (select from term t where t.asset_id = i.id and t.kind = 'text') then 'text' end,
        case when exists (select from term t where t.asset_id = i.id and t.kind = 'said') then 'speech' end,
        case when exists (select from term t where t.asset_id = i.id and t.kind = 'object') then 'objects' end
      ], null) as has
    from unnest(ids) as i(id)) now_has
  where a.id = now_has.id and (a.things, a.has) is distinct from (now_has.things, now_has.has);
end $$;

create or replace function after_terms() returns trigger language plpgsql as $$
begin
  if not exists (select from changed) then
    return null;
  end if;
  -- The asset's time must not change between being read here and being seen by whoever changes it.
  perform from asset where id = any(array(select distinct asset_id from changed)) order by id for no key update;
  if tg_op = 'INSERT' then
    -- Sorted, so that two workers saving at once wait for each other in the same order.
    insert into label (kind, label)
    select distinct c.kind, c.label from changed c
    where c.label is not null and not exists (select from label l where (l.kind, l.label) = (c.kind, c.label))
    order by 1, 2 on conflict do nothing;
    insert into posting (owner_id, kind, word, asset_id, score, sort_at)
    select a.owner_id, t.kind, w.word, t.asset_id, max(coalesce(t.score, 1)), a.sort_at
    from changed t join asset a on a.id = t.asset_id
    cross join lateral unnest(case when t.label is null then tsvector_to_array(t.tsv) else array[t.label] end) as w(word)
    group by a.owner_id, t.kind, w.word, t.asset_id, a.sort_at
    on conflict (owner_id, kind, word, asset_id) do update set score = greatest(posting.score, excluded.score);
  else
    delete from posting p using (select distinct asset_id, kind from changed) c
    where p.asset_id = c.asset_id and p.kind = c.kind;
    -- What another analysis said of the same kind stays.
    insert into posting (owner_id, kind, word, asset_id, score, sort_at)
    select a.owner_id, t.kind, w.word, t.asset_id, max(coalesce(t.score, 1)), a.sort_at
    from (select distinct asset_id, kind from changed) c
    join term t on t.asset_id = c.asset_id and t.kind = c.kind join asset a on a.id = t.asset_id
    cross join lateral unnest(case when t.label is null then tsvector_to_array(t.tsv) else array[t.label] end) as w(word)
    group by a.owner_id, t.kind, w.word, t.asset_id, a.sort_at;
  end if;
  perform note_what_assets_have(array(select distinct asset_id from changed where kind in ('object', 'text', 'said')));
  return null;
end $$;

-- What is close in meaning is ordered by time as well.
alter table meaning add column sort_at timestamp;
update meaning m set sort_at = a.sort_at from asset a where a.id = m.asset_id;
alter table meaning alter column sort_at set not null;
create index meaning_passage_idx on meaning (passage_id, asset_id) include (sort_at);
drop index meaning_passage_id_asset_id_idx;

create function after_sort_at() returns trigger language plpgsql as $$
begin
  update posting set sort_at = new.sort_at where asset_id = new.id;
  update meaning set sort_at = new.sort_at where asset_id = new.id;
  return null;
end $$;
create trigger note_sort_at after update of taken_local, added_at on asset for each row
  when (old.sort_at is distinct from new.sort_at) execute function after_sort_at();

-- A lens's or country's assets in the order of every list, and how many, without looking at the rows themselves.
create index asset_of_country_idx on asset (owner_id, place_country, sort_at desc, id desc)
  where place_country is not null and deleted_at is null;
create index asset_of_lens_idx on asset (owner_id, lens, sort_at desc, id desc) where lens is not null and deleted_at is null;
drop index asset_country_idx;
drop index asset_lens_idx;
