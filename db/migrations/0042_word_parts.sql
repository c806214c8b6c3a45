-- Names and numbers as people type them, and parts of words.
create extension if not exists pg_trgm;

-- What stands in a text as one, though punctuation or spaces cut it: X-T3 is also xt3, O'Neill oneill, "030 123 45-67"
-- 0301234567, "B-AB 1234" bab1234. Spaces are bridged only about numbers: digits, and words of up to three letters
-- beside them. Chinese and Japanese signs are words of their own and stay apart.
create function joined_words(value text) returns text[] language sql immutable parallel safe strict
  return array(
    select joined.word from (
      select replace(public.search_text(token), ' ', '') as word
      from regexp_split_to_table(value, '\s+') token
      where btrim(public.search_text(token)) like '% %' and token !~ '[\u2e80-\u9fff\uf900-\ufaff]'
      union
      select replace(found[1], ' ', '')
      from regexp_matches(
        public.search_text(value),
        '(?<![^ ])((?:[^ 0-9\u2e80-\u9fff\uf900-\ufaff]{1,3} ){0,2}[^ ]*[0-9][^ ]*'
        '(?: (?:[^ 0-9\u2e80-\u9fff\uf900-\ufaff]{1,2} )?[^ ]*[0-9][^ ]*){0,6}'
        '(?: [^ 0-9\u2e80-\u9fff\uf900-\ufaff]{1,3}(?![^ ]))?)', 'g') found
      where found[1] like '% %') joined
    where length(joined.word) between 3 and 64
    order by 1);

alter table term alter column tsv set expression as
  (to_tsvector('simple', search_text(words)) || strip(to_tsvector('english', search_text(words)))
    || array_to_tsvector(joined_words(words)));
alter table label alter column tsv set expression as
  (to_tsvector('simple', search_text(label)) || strip(to_tsvector('english', search_text(label)))
    || array_to_tsvector(joined_words(label)));

insert into posting (owner_id, kind, word, asset_id, score, sort_at)
select a.owner_id, t.kind, w.word, t.asset_id, max(coalesce(t.score, 1)), a.sort_at
from term t join asset a on a.id = t.asset_id cross join lateral unnest(joined_words(t.words)) as w(word)
where t.label is null
group by a.owner_id, t.kind, w.word, t.asset_id, a.sort_at
on conflict (owner_id, kind, word, asset_id) do update set score = greatest(posting.score, excluded.score);

-- Long numbers and what is joined are looked through for parts, but nobody means them by a typing error.
alter table vocabulary add column suggested boolean not null default true;
create function vocabulary_words(kind text, value text) returns table (word text, suggested boolean)
language sql immutable parallel safe strict
  begin atomic
    select word, word !~ '^[0-9]{5,}$' from regexp_split_to_table(search_text(value), ' ') word
    where length(word) between 2 and 40
    union
    select word, false from unnest(joined_words(value)) word
    where kind not in ('object', 'tag', 'place', 'camera');
  end;
insert into vocabulary (owner_id, kind, word, suggested)
select distinct a.owner_id, t.kind, w.word, false
from (select distinct asset_id, kind, words from term where label is null) t
join asset a on a.id = t.asset_id cross join lateral vocabulary_words(t.kind, t.words) w
where not w.suggested
on conflict do nothing;
create index vocabulary_parts_idx on vocabulary using gin (word gin_trgm_ops);
drop index vocabulary_owner_id_word_idx;
create index vocabulary_word_idx on vocabulary (owner_id, word text_pattern_ops) where suggested;
