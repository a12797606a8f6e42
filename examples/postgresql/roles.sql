-- Who may do what with a store on PostgreSQL: operators append, readers read, and nobody changes what was recorded.
--
--   pactbook init --store postgresql://owner@host/pactbook      makes all tables; they belong to who does it
--   psql --single-transaction -v ON_ERROR_STOP=1 -f roles.sql postgresql://owner@host/pactbook
--
-- To be run by the owner of the tables (who may create roles, or finds these two already made), after every
-- `pactbook init` that made or upgraded something. Running it again changes nothing.
-- Then give the roles to people:  GRANT pactbook_operator TO ann;  GRANT pactbook_reader TO leo;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pactbook_operator') THEN
        CREATE ROLE pactbook_operator NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pactbook_reader') THEN
        CREATE ROLE pactbook_reader NOLOGIN;
    END IF;
END $$;

-- Nobody but the owner makes anything here.
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO pactbook_operator, pactbook_reader;

-- What was recorded is only added to. The triggers that refuse changes belong to the owner, as the tables do.
REVOKE ALL ON events, nodes, documents, books, checkpoints, tracking, log_head, meta
    FROM PUBLIC, pactbook_operator, pactbook_reader;
GRANT SELECT ON events, nodes, documents, books, checkpoints, tracking, log_head, meta
    TO pactbook_operator, pactbook_reader;
GRANT INSERT ON events, nodes, documents, books, checkpoints, tracking TO pactbook_operator;

-- What moves forwards with the log: the head of the log, and of each book; signatures that are added to a checkpoint.
GRANT UPDATE ON books, checkpoints, tracking, log_head TO pactbook_operator;

-- The tables that answers are read from. They follow from the events: operators write them, and fold them anew.
REVOKE ALL ON movements, totals, versions, endings, closings, rates, entries, payouts, disputes, agreements, timeline,
    projection_position FROM PUBLIC, pactbook_operator, pactbook_reader;
GRANT SELECT ON movements, totals, versions, endings, closings, rates, entries, payouts, disputes, agreements, timeline,
    projection_position TO pactbook_operator, pactbook_reader;
GRANT INSERT, UPDATE, DELETE, TRUNCATE ON movements, totals, versions, endings, closings, rates, entries, payouts,
    disputes, agreements, timeline, projection_position TO pactbook_operator;

-- The owner may fold them anew, too, which makes these tables once more: then they are for the same people.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO pactbook_operator, pactbook_reader;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT INSERT, UPDATE, DELETE, TRUNCATE ON TABLES TO pactbook_operator;
