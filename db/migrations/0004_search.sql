-- Search complete: by meaning, facets, saved searches.

-- Analyses whose results an analysis reads: it waits until each has ended, and runs again when one ends anew.
alter table analysis add column reads text[] not null default '{}';

-- What assets are about, as texts that can be compared by meaning. The same text (a label, a town) is there once in a
-- library, however many assets have it: few vectors, and none is made twice.
create table passage (
  id       bigint generated always as identity primary key,
  owner_id bigint not null references account,
  space_id int not null references space,
  words    text not null,
  v        halfvec not null                 -- unit length
);
alter table passage alter column v set storage external;
create unique index on passage (owner_id, space_id, md5(words));

-- Where in an asset a passage is.
create table meaning (
  asset_id   bigint not null references asset on delete cascade,
  ordinal    int not null,
  passage_id bigint not null references passage,
  source     text not null,                 -- object, tag, text, said, place, comment; several: scene
  x real, y real, w real, h real,           -- fractions of the upright picture
  at_s       double precision, end_s double precision,
  primary key (asset_id, ordinal)
);
create index on meaning (passage_id, asset_id);

create table saved_search (
  id         bigint generated always as identity primary key,
  owner_id   bigint not null references account on delete cascade,
  name       text not null check (name = btrim(name) and length(name) between 1 and 100),
  query      text not null,
  sort       text not null default 'match' check (sort in ('match', 'newest', 'oldest')),
  created_at timestamptz not null default clock_timestamp(),
  unique (owner_id, name)
);

-- Labels (things, tags, places, cameras) are few and each is on many assets: a query is compared with each label once,
-- and an index alone says which assets have it. What is written, said or called otherwise is searched by its words.
create table label (
  kind  text not null,
  label text not null,
  tsv   tsvector generated always as
          (to_tsvector('simple', search_text(label)) || strip(to_tsvector('english', search_text(label)))) stored,
  primary key (kind, label)
);
create index on label using gin (tsv);
drop index term_tsv_idx;
drop index term_kind_label_idx;
create index term_words_idx on term using gin (tsv) where label is null;
create index term_label_idx on term (kind, label text_pattern_ops, asset_id) include (score) where label is not null;

-- What an asset has, on its own row: filters and facets would otherwise ask for each of a hundred thousand assets.
alter table asset
  add column things text[] not null default '{}',  -- labels of its objects
  add column has text[] not null default '{}';     -- faces, text, speech, objects

create function note_what_assets_have(ids bigint[]) returns void language sql as $$
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
  where a.id = now_has.id and (a.things, a.has) is distinct from (now_has.things, now_has.has)
$$;

create function after_terms() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    -- Sorted, so that two workers saving at once wait for each other in the same order.
    insert into label (kind, label)
    select distinct c.kind, c.label from changed c
    where c.label is not null and not exists (select from label l where (l.kind, l.label) = (c.kind, c.label))
    order by 1, 2 on conflict do nothing;
  end if;
  perform note_what_assets_have(array(select distinct asset_id from changed where kind in ('object', 'text', 'said')));
  return null;
end $$;
create trigger note_terms after insert on term referencing new table as changed
  for each statement execute function after_terms();
create trigger note_terms_gone after delete on term referencing old table as changed
  for each statement execute function after_terms();

create function after_faces() returns trigger language plpgsql as $$
begin
  perform note_what_assets_have(array(select distinct asset_id from changed));
  return null;
end $$;
create trigger note_faces after insert on face referencing new table as changed
  for each statement execute function after_faces();
create trigger note_faces_gone after delete on face referencing old table as changed
  for each statement execute function after_faces();

insert into label (kind, label) select distinct kind, label from term where label is not null;
select note_what_assets_have(array(select id from asset));

-- The different countries, lenses and cameras are found by leaping through these.
create index asset_country_idx on asset (owner_id, place_country) where place_country is not null;
create index asset_lens_idx on asset (owner_id, lens) where lens is not null;
