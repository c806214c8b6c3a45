#!/bin/bash
# Runs once, when the database is made: Fovea's own role, which is no superuser, and its database with the extensions.
set -euo pipefail

password=$(cat /run/secrets/postgres_fovea_password)
psql -v ON_ERROR_STOP=1 -v password="$password" -U "$POSTGRES_USER" -d postgres <<'SQL'
create role fovea login password :'password' nosuperuser nocreatedb nocreaterole noreplication;
create database fovea owner fovea;
revoke all on database fovea from public;
revoke connect on database postgres from public;
SQL
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d fovea <<'SQL'
create extension vector;
create extension fuzzystrmatch;
create extension unaccent;
create extension pg_trgm;
SQL
