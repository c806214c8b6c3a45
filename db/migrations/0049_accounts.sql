-- Accounts can be closed. A deleted one keeps its row without name and password, so that what its person brought and
-- decided still belongs to somebody; its number never comes back.
alter table account add column deleted_at timestamptz;
alter table account add constraint account_deleted_is_nobody
  check (deleted_at is null or (login is null and password_hash is null));

-- A device from which an account has signed in before; see docs/decisions/080-sign-in-pauses.md.
alter table token drop constraint token_kind_check;
alter table token add constraint token_kind_check check (kind in ('session', 'api', 'claim', 'device'));
