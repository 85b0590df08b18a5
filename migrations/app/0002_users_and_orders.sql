-- Users and their orders. All rows of a user are on one shard: user_id is the key, and is in each primary, unique and
-- foreign key, for a shard can only keep unique, and refer to, what it has. user_id comes from the application
-- (hl_shards has no sequence over shards); an e-mail address is therefore unique over all users only if the application
-- keeps it in a table that is sharded by it.

CREATE TABLE users (
  user_id    bigint      PRIMARY KEY,
  email      text        NOT NULL CHECK (email LIKE '%_@_%'),
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX users_email ON users (email);

CREATE TABLE orders (
  user_id     bigint      NOT NULL REFERENCES users,
  order_id    uuid        NOT NULL,
  request_key text        NOT NULL,
  currency    text        NOT NULL REFERENCES currencies,
  amount      bigint      NOT NULL CHECK (amount > 0),
  state       text        NOT NULL DEFAULT 'placed' CHECK (state IN ('placed', 'paid', 'shipped', 'refunded')),
  created_at  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, order_id),
  UNIQUE (user_id, request_key)
) WITH (fillfactor = 90);
COMMENT ON COLUMN orders.amount IS 'in minor units of the currency';
COMMENT ON COLUMN orders.request_key IS 'the idempotency key of the request that placed it';
CREATE INDEX orders_newest ON orders (user_id, created_at DESC, order_id);

SELECT hl_shards.fence('users', 'user_id'), hl_shards.fence('orders', 'user_id');

-- These say again what the default privileges of hl_migrations give, so that it also works where those are missing.
GRANT SELECT, INSERT, UPDATE, DELETE ON users, orders TO hl_app;
GRANT SELECT ON users, orders TO hl_readonly;
