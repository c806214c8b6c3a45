-- name: held
-- The job that a lease key belongs to, with its asset, while the lease lasts.
select j.id, j.asset_id, a.sha512
from job j join asset a on a.id = j.asset_id
where j.id = %(job_id)s and j.lease_key::text = %(key)s and j.state = 'running' and j.lease_until > now()

-- name: has_file
-- Whether a file in the store belongs to the job's asset; an edited picture may also read its original's sidecars.
select exists (
  select from file f join asset a on a.id = %(asset_id)s
  where f.location = %(location)s and f.kept = 'store'
    and (f.asset_id = a.id or f.asset_id = a.edited_of and f.role = 'sidecar')) as has_file
