-- request_key makes an order that is asked for twice one order; reference is what the customer calls it.
CREATE TABLE orders (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request_key text   UNIQUE,
  reference   text   NOT NULL,
  cents       integer NOT NULL CHECK (cents > 0)
);
