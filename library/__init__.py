"""What Fovea can do, one file per deed."""
