-- What is the same on every shard: currencies and the reasons of disputes. Written by migrations and by transactions over
-- all shards only; a sharded table may refer to it, because each shard has all of it.

CREATE TABLE currencies (
  code            text     PRIMARY KEY CHECK (code ~ '^[A-Z]{3}$'),
  minor_unit_size smallint NOT NULL CHECK (minor_unit_size BETWEEN 0 AND 4)
);
COMMENT ON TABLE currencies IS 'ISO 4217';
COMMENT ON COLUMN currencies.minor_unit_size IS 'digits after the point: amounts are kept in minor units';
INSERT INTO currencies VALUES ('CHF', 2), ('EUR', 2), ('GBP', 2), ('JPY', 0), ('KWD', 3), ('USD', 2);

CREATE TABLE dispute_reasons (
  code  text PRIMARY KEY,
  title text NOT NULL
);
INSERT INTO dispute_reasons VALUES
  ('duplicate', 'charged twice'),
  ('fraud', 'the holder did not order it'),
  ('not_as_described', 'something else arrived'),
  ('not_received', 'nothing arrived');

SELECT hl_shards.reference('currencies'), hl_shards.reference('dispute_reasons');

-- The default privileges of hl_migrations give hl_app more than it needs here.
REVOKE INSERT, UPDATE, DELETE ON currencies, dispute_reasons FROM hl_app;
GRANT SELECT ON currencies, dispute_reasons TO hl_app, hl_readonly;
