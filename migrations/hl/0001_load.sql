-- What the load of a run writes: the ledger, money that moves between accounts, and writes that are pinned to one node.
-- Run by the role hl_migrations in the database hl, in one transaction; who applies it remembers that it was applied.
-- op_id is the number of the operation in its run. It is deliberately NOT unique: an operation that is applied twice must be seen twice,
-- and a unique index would turn the second one into an error, or, after a retry, into a failure that is none.

CREATE SCHEMA hl;

CREATE TABLE hl.ledger (
  seq     bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run     text    NOT NULL,
  op_id   bigint  NOT NULL,
  session integer NOT NULL,
  version integer NOT NULL,
  server  inet    DEFAULT inet_server_addr()
);
CREATE INDEX ledger_newest_version ON hl.ledger (run, session, version);
COMMENT ON TABLE hl.ledger IS 'one row for each append; version rises by one with each append that a session issues';
COMMENT ON COLUMN hl.ledger.server IS 'the node that took the write, for people who look at two histories';

CREATE TABLE hl.accounts (
  run     text    NOT NULL,
  id      integer NOT NULL,
  balance bigint  NOT NULL,
  PRIMARY KEY (run, id)
) WITH (fillfactor = 50);
COMMENT ON TABLE hl.accounts IS 'the total of a run never changes; a balance may go below zero';

CREATE TABLE hl.transfers (
  seq          bigint  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run          text    NOT NULL,
  op_id        bigint  NOT NULL,
  from_account integer NOT NULL,
  to_account   integer NOT NULL,
  amount       bigint  NOT NULL
);
COMMENT ON TABLE hl.transfers IS 'written in the transaction that moves the amount';

CREATE TABLE hl.pinned (
  seq    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  run    text   NOT NULL,
  op_id  bigint NOT NULL,
  node   text   NOT NULL
);
COMMENT ON TABLE hl.pinned IS 'written on the node that is named, never through the router';

-- The tables of one run are never read by another, and hl_readonly reads them after the run.
-- These say again what the default privileges of hl_migrations give, so that the schema also works where those are missing.
GRANT USAGE ON SCHEMA hl TO hl_app, hl_readonly;
GRANT SELECT, INSERT, UPDATE, DELETE ON hl.ledger, hl.accounts, hl.transfers, hl.pinned TO hl_app;
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA hl TO hl_app;
GRANT SELECT ON hl.ledger, hl.accounts, hl.transfers, hl.pinned TO hl_readonly;
