"""Hypothesis without its clock: on a busy machine any example may take long, and that says nothing about it."""

from hypothesis import HealthCheck, settings

settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")
