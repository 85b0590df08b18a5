-- Disputes: the holder of a card wants the money of an order back. At most one of an order is open.

CREATE TABLE disputes (
  user_id    bigint      NOT NULL,
  dispute_id uuid        NOT NULL,
  order_id   uuid        NOT NULL,
  reason     text        NOT NULL REFERENCES dispute_reasons,
  amount     bigint      NOT NULL CHECK (amount > 0),
  state      text        NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'won', 'lost')),
  opened_at  timestamptz NOT NULL DEFAULT now(),
  closed_at  timestamptz CHECK (closed_at >= opened_at),
  CHECK ((state = 'open') = (closed_at IS NULL)),
  PRIMARY KEY (user_id, dispute_id),
  FOREIGN KEY (user_id, order_id) REFERENCES orders
);
CREATE UNIQUE INDEX disputes_one_open ON disputes (user_id, order_id) WHERE state = 'open';
CREATE INDEX disputes_of_order ON disputes (user_id, order_id);

SELECT hl_shards.fence('disputes', 'user_id');

GRANT SELECT, INSERT, UPDATE, DELETE ON disputes TO hl_app;
GRANT SELECT ON disputes TO hl_readonly;
