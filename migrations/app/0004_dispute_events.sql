-- What happened to a dispute, one row for each thing: never changed, and old ones are put aside by whole partitions.
-- pg_partman makes a partition for each month, four ahead, and detaches those of more than two years ago into the schema
-- dispute_archive, where they keep their rows; `hl migrations maintain` runs it. A row that comes without a partition
-- lies in the default one.

CREATE TABLE dispute_events (
  user_id     bigint      NOT NULL,
  dispute_id  uuid        NOT NULL,
  event_id    uuid        NOT NULL,
  occurred_at timestamptz NOT NULL DEFAULT now(),
  kind        text        NOT NULL CHECK (kind IN ('opened', 'evidence', 'answered', 'closed')),
  body        jsonb       NOT NULL DEFAULT '{}',
  PRIMARY KEY (user_id, dispute_id, event_id, occurred_at),
  FOREIGN KEY (user_id, dispute_id) REFERENCES disputes
) PARTITION BY RANGE (occurred_at);
CREATE INDEX dispute_events_in_order ON dispute_events (user_id, dispute_id, occurred_at);

CREATE SCHEMA partman;
CREATE EXTENSION pg_partman SCHEMA partman;
CREATE SCHEMA dispute_archive;
COMMENT ON SCHEMA dispute_archive IS 'partitions of dispute_events that are past their time, with their rows';

SELECT partman.create_parent(
  p_parent_table := 'public.dispute_events',
  p_control := 'occurred_at',
  p_interval := '1 month',
  p_premake := 4
);
UPDATE partman.part_config
   SET retention = '24 months', retention_schema = 'dispute_archive', retention_keep_table = true,
       infinite_time_partitions = true, inherit_privileges = true
 WHERE parent_table = 'public.dispute_events';

SELECT hl_shards.fence('dispute_events', 'user_id');

-- Also on the partitions that are there; later ones take the privileges of their table.
GRANT SELECT, INSERT ON dispute_events TO hl_app;
GRANT SELECT ON dispute_events TO hl_readonly;
DO $$
DECLARE
  part regclass;
BEGIN
  FOR part IN SELECT relid FROM pg_partition_tree('dispute_events') LOOP
    EXECUTE format('REVOKE UPDATE, DELETE ON %s FROM hl_app', part);
  END LOOP;
END $$;
GRANT USAGE ON SCHEMA dispute_archive TO hl_readonly;
REVOKE ALL ON SCHEMA dispute_archive FROM hl_app;
REVOKE ALL ON SCHEMA partman FROM hl_app, hl_readonly;
