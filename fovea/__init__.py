"""The fovea command."""
