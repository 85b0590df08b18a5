// What is asked of PostgreSQL's catalogue, on real servers: functions, aggregates, views and policies of one's own. Not
// here: what is made of rows (src/router/statements).
import {expect, it} from 'vitest'
import {useServers} from './servers.ts'
import {useRouter} from './use-router.ts'

const servers = useServers('it-catalogue', {standbys: 1})

const schema = `
CREATE FUNCTION hl_writes() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1';
CREATE FUNCTION hl_reads() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION hl_step(int, int) RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 1';
CREATE AGGREGATE hl_sum (int) (SFUNC = hl_step, STYPE = int);
CREATE VIEW hl_view_writes AS SELECT hl_writes() AS n;
CREATE VIEW hl_view_over AS SELECT n + 1 AS n FROM hl_view_writes;
CREATE VIEW hl_view_reads AS SELECT hl_reads() AS n;
CREATE VIEW hl_view_locks AS SELECT id FROM orders FOR UPDATE;
CREATE VIEW hl_view_aggregate AS SELECT hl_sum(1) AS n;
CREATE MATERIALIZED VIEW hl_kept AS SELECT n FROM hl_view_over;
CREATE VIEW hl_view_kept AS SELECT n FROM hl_kept;
CREATE TABLE hl_guarded (id int); ALTER TABLE hl_guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY hl_policy ON hl_guarded FOR SELECT USING (hl_writes() = 1);`

it('tells reads from writes by what functions, aggregates, views and policies call, also through others', async () => {
  const router = await useRouter(servers)
  for (const statement of schema.split(';').filter(text => text.trim() !== '')) await router.write(statement)
  await servers.waitForReplay()
  // A router that knows the schema as it is now.
  const fresh = await useRouter(servers)
  const kindOf = async (text: string): Promise<string> => (await fresh.explain(text)).plan.kind
  await expect.poll(async () => kindOf('SELECT hl_reads()')).toBe('read')
  const kinds = async (...texts: readonly string[]): Promise<readonly string[]> => Promise.all(texts.map(kindOf))
  expect(
    await kinds(
      'SELECT * FROM hl_view_reads',
      'SELECT * FROM hl_kept',
      'SELECT * FROM hl_view_kept',
      'SELECT sum(amount) FROM orders',
    ),
  ).toEqual(['read', 'read', 'read', 'read'])
  expect(
    await kinds(
      'SELECT hl_writes()',
      'SELECT hl_sum(1)',
      'SELECT * FROM hl_view_writes',
      'SELECT * FROM hl_view_over',
      'SELECT * FROM hl_view_locks',
      'SELECT * FROM hl_view_aggregate',
      'SELECT * FROM hl_guarded',
      'SELECT hl_nobody_knows()',
    ),
  ).toEqual(Array(8).fill('write'))
})
