-- What is noted beside the terms is noted with every file that comes in: a plan that is kept, instead of one made
-- anew each time, and nothing at all where nothing changed, halve what writing a file's words costs.
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
