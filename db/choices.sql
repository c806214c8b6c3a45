-- name: choice_of
-- What a person chose for an analysis of an asset.
select choice from analysis_choice where asset_id = %(asset_id)s and analysis = %(analysis)s

-- name: keep_choice
-- Keep what a person chooses; the last choice counts.
insert into analysis_choice (asset_id, analysis, choice) values (%(asset_id)s, %(analysis)s, %(choice)s)
on conflict (asset_id, analysis) do update set choice = excluded.choice, chosen_at = clock_timestamp()

-- name: drop_choice
-- The analysis decides by itself again.
delete from analysis_choice where asset_id = %(asset_id)s and analysis = %(analysis)s

-- name: kind_of
-- Whether an asset is a photo or a video, if its owner has it and it is not in the trash.
select kind from asset where id = %(asset_id)s and owner_id = %(owner_id)s and deleted_at is null

-- name: begin_anew
-- The analysis of this asset is done again at once. One that runs is taken away from its worker: it began without
-- the choice.
update job
set state = 'waiting', lane = 'arrivals', attempts = 0, crashes = 0, error = null, leased_by = null,
    lease_until = null, delivered_at = null, not_before = now(), changed_at = clock_timestamp()
where asset_id = %(asset_id)s and analysis = %(analysis)s and state <> 'waiting'
