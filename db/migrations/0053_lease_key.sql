-- Whoever holds a job proves it to the file service by a key that is new with each lease.
alter table job add column lease_key uuid;
