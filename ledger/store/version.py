"""The version of the tables of a store."""

SCHEMA_VERSION = 3
"""Changes with the tables that hold the log; an older store is brought up to date by `create_schema`."""
