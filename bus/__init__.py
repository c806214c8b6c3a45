"""Delivering jobs to workers. The database is the truth; what is lost here is delivered again."""
