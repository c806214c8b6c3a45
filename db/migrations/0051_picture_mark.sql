-- Which pictures were made of an asset: another word each time, so that their addresses can carry it and a browser that
-- has one never needs to ask again (docs/decisions/082-pictures-by-version.md).
alter table asset add column picture_mark text not null default '';
