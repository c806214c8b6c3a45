-- Attempts to sign in, counted for all API processes together. `key_hash` is the SHA-256 of a name and an address, so
-- that neither can be read here; `at` has the newest first, never more than `most`. Not logged: after a crash of the
-- server counting begins anew, and an attack costs no write-ahead log.
create unlogged table sign_in_attempt (
  key_hash   bytea primary key,
  most       integer not null,
  at         timestamptz[] not null,
  expires_at timestamptz not null
);
create index on sign_in_attempt (expires_at);
