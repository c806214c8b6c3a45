-- Ratings that files and their sidecars carry. `rating` stays the one that counts: a person's, once one decided (also
-- that there is none), else the file's.
alter table asset
  add column file_rating int check (file_rating between 1 and 5),
  add column rating_decided boolean not null default false;
update asset set rating_decided = true where rating is not null;
