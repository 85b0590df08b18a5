// The data that is backed up and what happens to it: wide rows, narrow rows with three indexes, jsonb in TOAST, and
// updated rows that left dead ones. PURE but for chance in the server.
// Invariant: the same number of bytes whatever the machine. Not here: when it is loaded (load-shop.ts).

/** Of the bytes, measured: heap, TOAST and indexes together. */
const bytesPerArticle = 1_190
const bytesPerEvent = 165
const bytesPerDocument = 8_950
const bytesPerAccount = 560

export interface ShopSize {
  readonly articles: number
  readonly events: number
  readonly documents: number
  readonly accounts: number
}

export function shopOf(bytes: number): ShopSize {
  const rows = (share: number, bytesPerRow: number): number => Math.max(100, Math.round((bytes * share) / bytesPerRow))
  return {
    articles: rows(0.3, bytesPerArticle),
    events: rows(0.25, bytesPerEvent),
    documents: rows(0.25, bytesPerDocument),
    accounts: rows(0.2, bytesPerAccount),
  }
}

/**
 * Two lists of statements for two sessions at once. Each table is made and filled in one transaction, which writes no
 * WAL with wal_level minimal.
 */
export function shopStatements({articles, events, documents, accounts}: ShopSize): readonly (readonly string[])[] {
  return [
    [
      `BEGIN; CREATE TABLE articles (id int PRIMARY KEY, title text NOT NULL, summary text NOT NULL, body text NOT NULL, price numeric(10, 2) NOT NULL, stock int NOT NULL, tags text[] NOT NULL, changed_at timestamptz NOT NULL DEFAULT now());
       INSERT INTO articles SELECT id, 'article ' || id, repeat('of the shop, ', 12), encode(gen_random_bytes(380), 'hex'), id % 10000 / 100.0, 1000, ARRAY['a' || id % 17, 'b' || id % 23] FROM generate_series(1, ${articles}) id; COMMIT`,
      'VACUUM (FREEZE, ANALYZE) articles',
      `BEGIN; CREATE TABLE accounts (id int PRIMARY KEY, balance bigint NOT NULL, version int NOT NULL DEFAULT 0, filler text NOT NULL) WITH (autovacuum_enabled = off);
       INSERT INTO accounts SELECT id, 0, 0, encode(gen_random_bytes(150), 'hex') FROM generate_series(1, ${accounts}) id;
       UPDATE accounts SET balance = 100, version = 1 WHERE id % 2 = 0; COMMIT`,
      // Sets the hint bits, so that no backup finds other pages than the one before.
      'SELECT count(*) FROM accounts',
      'ANALYZE accounts',
    ],
    [
      `BEGIN; CREATE TABLE events (id bigint NOT NULL, account int NOT NULL, kind smallint NOT NULL, amount int NOT NULL, at timestamptz NOT NULL DEFAULT now());
       INSERT INTO events SELECT id, 1 + (id::bigint * 7919) % ${accounts}, id % 12, id % 1000, timestamptz '2026-01-01' + id * interval '1 second' FROM generate_series(1, ${events}) id;
       ALTER TABLE events ADD PRIMARY KEY (id); CREATE INDEX events_account_at ON events (account, at); CREATE INDEX events_kind_at ON events (kind, at);
       CREATE SEQUENCE event_ids START ${events + 1} CACHE 20; ALTER TABLE events ALTER id SET DEFAULT nextval('event_ids'); COMMIT`,
      'VACUUM (FREEZE, ANALYZE) events',
      `BEGIN; CREATE TABLE documents (id int PRIMARY KEY, doc jsonb NOT NULL);
       INSERT INTO documents SELECT id, jsonb_build_object('kind', id % 9, 'a', encode(gen_random_bytes(1000), 'hex'), 'b', encode(gen_random_bytes(1000), 'hex'), 'c', encode(gen_random_bytes(1000), 'hex'), 'd', encode(gen_random_bytes(1000), 'hex')) FROM generate_series(1, ${documents}) id;
       CREATE SEQUENCE document_ids START ${documents + 1} CACHE 20; ALTER TABLE documents ALTER id SET DEFAULT nextval('document_ids'); COMMIT`,
      'VACUUM (FREEZE, ANALYZE) documents',
    ],
  ]
}

/**
 * An order, as pgbench takes it: an article's stock, two accounts, three events; one transaction of ten brings a
 * document instead. Uniform, so that most pages are touched for the first time.
 */
export function orderScript({articles, accounts}: ShopSize): string {
  return `\\set article random(1, ${articles})
\\set payer random(1, ${accounts})
\\set payee random(1, ${accounts})
\\set amount random(1, 1000)
BEGIN;
UPDATE articles SET stock = stock - 1, changed_at = now() WHERE id = :article;
UPDATE accounts SET balance = balance - :amount, version = version + 1 WHERE id = :payer;
UPDATE accounts SET balance = balance + :amount, version = version + 1 WHERE id = :payee;
INSERT INTO events (account, kind, amount) VALUES (:payer, 1, 0 - :amount), (:payee, 2, :amount), (:payer, 3, 0);
COMMIT;
`
}

export const documentScript = `INSERT INTO documents (doc) SELECT jsonb_build_object('kind', 1, 'a', encode(gen_random_bytes(1000), 'hex'), 'b', encode(gen_random_bytes(1000), 'hex'), 'c', encode(gen_random_bytes(1000), 'hex'));
`
