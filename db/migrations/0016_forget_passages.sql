-- What was written or said in an asset that is deleted for good does not stay behind as a passage.
create function forget_passages() returns trigger language plpgsql as $$
declare
  owner bigint;
begin
  for owner in select distinct owner_id from gone order by 1 loop
    perform pg_advisory_xact_lock(hashtextextended('passage', owner));  -- see db/meaning.sql
    delete from passage p where p.owner_id = owner
      and not exists (select from meaning m where m.passage_id = p.id);
  end loop;
  return null;
end $$;
create trigger forget_passages after delete on asset referencing old table as gone
  for each statement execute function forget_passages();
