"""PostgreSQL: migrations, named queries and one small module per subject."""
