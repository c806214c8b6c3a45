-- Failures to sign in make the next attempt wait, longer each time. `key_hash` is the SHA-256 of a name and a network,
-- so that neither can be read here; the pauses are those asked for with the last attempt. Not logged: after a crash of
-- the server counting begins anew, and an attack costs no write-ahead log.
drop table sign_in_attempt;
create unlogged table sign_in_attempt (
  key_hash   bytea primary key,
  free       integer not null,           -- so many failures without a pause
  first_s    double precision not null,  -- the first pause, in seconds; each further one is twice as long
  longest_s  double precision not null,
  failures   integer not null,
  until      timestamptz,                -- no attempt before
  expires_at timestamptz not null        -- forgotten from then on
);
create index on sign_in_attempt (expires_at);
