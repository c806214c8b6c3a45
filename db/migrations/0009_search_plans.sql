-- How common a label is depends on its kind; without this the planner takes the two for independent.
create statistics term_kind_label (mcv) on kind, label from term;
alter statistics term_kind_label set statistics 1000;

-- A kind's newest, and how many there are, without looking at the rows themselves.
create index asset_kind_idx on asset (owner_id, kind, sort_at desc, id desc) where deleted_at is null;
