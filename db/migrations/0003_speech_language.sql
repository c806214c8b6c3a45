-- What a person chose for one analysis of one asset, such as the language that is spoken; survives every re-run.
create table analysis_choice (
  asset_id  bigint not null references asset on delete cascade,
  analysis  text not null,
  choice    jsonb not null check (jsonb_typeof(choice) = 'object'),
  chosen_at timestamptz not null default clock_timestamp(),
  primary key (asset_id, analysis)
);
