-- Labels and scraps of writing are compared with a query by a higher floor than sentences, and would crowd them out
-- among the nearest: the two kinds of passages are searched apart.
alter table passage add column brief boolean not null default true;

-- Whether each of some analyses has ended with an asset: done, skipped or failed, or it cannot come, as what it needs
-- first has failed. Those that are not for this kind of asset do not count.
create function all_settled(wanted_asset bigint, wanted_kind text, wanted text[]) returns boolean language sql stable as $$
  select not exists (
    select from analysis r
    where r.name = any(wanted) and r.per_asset and wanted_kind = any(r.kinds)
      and not exists (
        select from job j where j.asset_id = wanted_asset
          and (j.analysis = r.name and j.state in ('done', 'skipped', 'failed')
               or j.analysis = any(r.after) and j.state = 'failed')))
$$;
