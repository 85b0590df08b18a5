// A lab of two shards on one etcd, through hl as a person uses it: each has its own primary, data and keys, a command
// says which one it is about, and what befalls one leaves the other alone.
import {expect, test} from 'vitest'
import {docker as localDocker} from '../../../src/lab/docker/local-docker.ts'
import {connectLab} from '../../../src/lab/lifecycle/connect-lab.ts'
import {ShardedPool} from '../../../src/shards/index.ts'
import type {ShardsExplanation} from '../../../src/sharding/explain-over-shards.ts'
import type {InDoubtAnswer, ResolveAnswer} from '../../../src/sharding/in-doubt.ts'
import {poolOptions} from '../../../src/sharding/lab-shards.ts'
import type {PreparedShards} from '../../../src/sharding/prepare-shards.ts'
import type {MapAnswer, ShardsAnswer} from '../../../src/sharding/look-at-shards.ts'
import type {SizesAnswer} from '../../../src/sharding/read-sizes.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {failed} from '../count-by-hand.ts'
import {lightLoad} from '../expect-pass.ts'
import {useLab} from '../use-lab.ts'
import {expectNoOrderLost, shardedShop, whileOrdering} from '../while-ordering.ts'

const shape = ['--profile', 'small', '--shards', '2', '--nodes', '2'] as const
const lab = useLab('shards', {up: shape})

interface Seen {
  readonly primary: string | null
  readonly timeline: number | null
}

/** Each shard's primary and timeline, as `hl status` has them. */
async function seen(): Promise<Readonly<Record<string, Seen>>> {
  const {clusters} = await lab.healthy()
  return Object.fromEntries((clusters ?? []).map(({name, state: {primary, timeline}}) => [name, {primary, timeline}]))
}

const sql = async (shard: string, statement: string): Promise<string> => {
  const {result} = await lab.json<{readonly rows: readonly object[]}>('psql', '--shard', shard, statement)
  return result.rows.map(row => Object.values(row).join('|')).join('\n')
}

test('each shard is whole and its own, and status shows every one', async () => {
  const {clusters} = await lab.healthy()
  expect(clusters?.map(({name, state}) => [name, state.members.map(member => member.name)])).toEqual([
    ['s1', ['s1-pg1', 's1-pg2']],
    ['s2', ['s2-pg1', 's2-pg2']],
  ])
  for (const {name, state} of clusters ?? []) {
    expect(state.primary).toMatch(new RegExp(`^${name}-pg`))
    expect(state.lease.owner).toBe(state.primary)
  }
  const text = (await lab.hl('status')).stdout
  expect(text).toMatch(/^shards\S*  s1 2, s2 2 PostgreSQL, 1 etcd, no pgpool  healthy\n/)
  expect(text.split('\n').filter(line => /^s\d {2}/.test(line))).toHaveLength(2)
  const one = await lab.healthy('--shard', 's2')
  expect([one.name, one.clusters]).toEqual(['s2', undefined])
})

test('a statement goes to the shard that is named', async () => {
  const system = 'SELECT system_identifier FROM pg_control_system()'
  const systems = [await sql('s1', system), await sql('s2', system)]
  expect(new Set(systems).size).toBe(2)
  expect(await sql('s1', 'SELECT count(*) FROM hl.ledger')).toMatch(/^\s*0$/m)
})

test('the lab has a map, which it keeps, and every shard serves', async () => {
  const {result: map} = await lab.json<MapAnswer>('shards', 'map')
  expect(map).toMatchObject({
    epoch: 64,
    catalog: 's1',
    ranges: [
      {from: 0, to: 31, shard: 's1', epoch: 1},
      {from: 32, to: 63, shard: 's2', epoch: 1},
    ],
  })
  const {result: again} = await lab.json<{readonly map: PreparedShards}>('up', ...shape)
  expect(again.map).toEqual({id: map.id, epoch: 64, shards: ['s1', 's2'], did: 'kept', migrations: []})
  const {result: listed} = await lab.json<ShardsAnswer>('shards', 'list')
  expect(listed.map).toEqual({id: map.id, epoch: 64, catalog: 's1'})
  const before = await seen()
  expect(
    listed.shards.map(({shard, primary, groupsOwned, standing}) => [shard, primary, groupsOwned, standing]),
  ).toEqual(['s1', 's2'].map(name => [name, before[name]?.primary, 32, 'serving']))
})

test('a pool on the lab writes to each shard, and to both in one transaction', async () => {
  const connected = await connectLab(localDocker, lab.name, {clock: monotonicClock()})
  const pool = new ShardedPool(poolOptions(connected, {user: 'hl_app', password: connected.secrets.app}))
  try {
    const shardsOf = new Map<string, string>()
    for (let user = 1; user <= 8; user++) {
      const {route} = await pool.query('INSERT INTO users (user_id, email) VALUES ($1, $2)', [
        user,
        `${user}@example.org`,
      ])
      shardsOf.set(String(user), route.shards.join())
    }
    const ofShard = (name: string): string => [...shardsOf].find(([, shard]) => shard === name)?.[0] ?? 'none'
    const users = [ofShard('s1'), ofShard('s2')]
    const {phases} = await pool.transaction(async client => {
      for (const user of users)
        await client.query('UPDATE users SET email = $2 WHERE user_id = $1', [user, 'both@x.org'])
    })
    expect(phases).toBe(2)
    // What is on which shard is asked of the servers themselves.
    for (const [shard, user] of [
      ['s1', users[0]],
      ['s2', users[1]],
    ] as const)
      expect(await sql(shard, "SELECT user_id FROM users WHERE email = 'both@x.org'")).toMatch(
        new RegExp(`^\\s*${String(user)}$`, 'm'),
      )
    // Reads go to standbys too, each of which has the rows of its own shard only.
    const servedBy = new Set<string>()
    for (const name of ['s1', 's2'])
      pool.onShard(name).events.on('served', ({role}) => servedBy.add(`a ${role} of ${name}`))
    const own = 'SELECT user_id FROM users WHERE user_id = $1'
    const joined = `SELECT * FROM (${own}) d LEFT JOIN currencies c ON c.code = 'EUR'`
    for (const [user, shard] of shardsOf)
      for (let turn = 0; turn < 10; turn++) {
        const {rows, route} = await pool.query(joined, [user])
        expect([rows, route.shards]).toEqual([[{user_id: user, code: 'EUR', minor_unit_size: 2}], [shard]])
      }
    // A standby that has not told yet that it shows the writes leaves the reads to the primary.
    const servers = async (): Promise<readonly string[]> => {
      await Promise.all(users.map(async user => pool.query(own, [user])))
      return [...servedBy]
    }
    await expect.poll(servers).toEqual(expect.arrayContaining(['a standby of s1', 'a standby of s2']))
    for (const [user, shard] of shardsOf) {
      const {result} = await lab.json<ShardsExplanation>(
        ...['shards', 'explain', 'SELECT * FROM users WHERE user_id = $1', user],
      )
      expect([user, result.shards]).toEqual([user, [shard]])
    }
  } finally {
    await pool.end()
  }
  const refused = await lab.hl('shards', 'explain', 'UPDATE users SET user_id = 1')
  expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('STATEMENT_REFUSED') as string])
  const everywhere = await lab.json<ShardsExplanation>('shards', 'explain', 'SELECT count(*) FROM users')
  expect(everywhere.result.shards).toEqual(['s1', 's2'])
})

test('what is prepared is listed and ended, and sizes are told of every table', async () => {
  const {result: open} = await lab.json<InDoubtAnswer>('tx', 'list')
  expect([open.parts, open.notAsked]).toEqual([[], []])
  const id = `hl:${open.mapId}:s1:00000000-0000-4000-8000-000000000000:1.1`
  await sql('s2', `BEGIN; SET ROLE hl_app; DELETE FROM users; PREPARE TRANSACTION '${id}:s2'`)
  const {result: left} = await lab.json<InDoubtAnswer>('tx', 'list')
  expect(left.parts.map(part => [part.id, part.shard, part.do])).toEqual([[id, 's2', 'roll-back']])
  const wrong = await lab.hl('tx', 'resolve', '--commit', id)
  expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('TRANSACTION_UNKNOWN') as string])
  const planned = await lab.json<ResolveAnswer>('tx', 'resolve', '--dry-run')
  expect(planned.result.parts.map(({done}) => done)).toEqual(['would-roll-back'])
  const ended = await lab.json<ResolveAnswer>('tx', 'resolve')
  expect([ended.exitCode, ended.result.parts.map(({done, error}) => [done, error])]).toEqual([
    0,
    [['rolled-back', null]],
  ])
  expect(await sql('s2', 'SELECT count(*) FROM pg_prepared_xacts')).toMatch(/^\s*0$/m)
  const {result: sizes} = await lab.json<SizesAnswer>('shards', 'sizes')
  for (const table of ['currencies', 'users', 'orders', 'disputes', 'dispute_events'])
    expect(
      sizes.tables.filter(one => one.table === table).map(({shard}) => shard),
      table,
    ).toEqual(['s1', 's2'])
})

test.each([
  ['psql', ['SELECT 1'], "hl psql --shard s1 'SELECT 1' --lab"],
  ['switchover', ['--yes'], 'hl switchover --shard s1 --yes --lab'],
  ['nodes', ['check'], 'hl nodes check --shard s1 --lab'],
  [
    'failover',
    ['--scenario', 'primary-crash', '--dry-run'],
    'hl failover --shard s1 --scenario primary-crash --dry-run',
  ],
])('%s without a shard is refused, with the command that works', async (command, words, works) => {
  const {exitCode, stderr} = await lab.hl(command, ...words)
  expect(exitCode).toBe(2)
  expect(stderr).toContain('SHARD_UNKNOWN')
  expect(stderr).toContain('none was named: s1, s2')
  expect(stderr).toContain(`next:  ${works}`)
})

test('an unknown shard is refused, and so is another number of shards', async () => {
  const {exitCode, stderr} = await lab.hl('psql', '--shard', 's3', 'SELECT 1')
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('has no shard s3: it has s1, s2') as string])
  const other = await lab.hl('up', '--profile', 'small', '--shards', '3', '--nodes', '2')
  expect([other.exitCode, other.stderr]).toEqual([4, expect.stringContaining('LAB_SETTINGS_DIFFER') as string])
  expect((await lab.json<{readonly did: string}>('up', ...shape)).result.did).toBe('was up')
})

test('a planned change of the primary of one is none of the other', async () => {
  const before = await seen()
  const {result} = await lab.json<{readonly to: string}>('switchover', '--shard', 's1', '--yes')
  expect(result.to).not.toBe(before['s1']?.primary)
  const after = await seen()
  expect([after['s1']?.primary, after['s2']]).toEqual([result.to, before['s2']])
})

test('a failover of one under load leaves the other alone, and the run says so; the example shop loses no order', async () => {
  const before = await seen()
  const {
    result: {exitCode, result},
    ...trade
  } = await whileOrdering(await shardedShop(lab), async () =>
    lab.failover('primary-crash', '--shard', 's2', ...lightLoad),
  )
  expect(failed(result.checks), result.run).toEqual([])
  expect({exitCode, verdict: result.verdict, shard: result.shard}).toEqual({exitCode: 0, verdict: 'pass', shard: 's2'})
  expect(result.checks.find(({name}) => name === 'other-shards-untouched')).toMatchObject({
    verdict: 'pass',
    detail: expect.stringMatching(/^s1: s1-pg\d on timeline \d+, before and after$/) as string,
  })
  const after = await seen()
  expect(after['s1']).toEqual(before['s1'])
  expect(after['s2']?.timeline).toBeGreaterThan(before['s2']?.timeline ?? Infinity)
  expect(await sql('s1', 'SELECT count(*) FROM hl.ledger')).toMatch(/^\s*0$/m)
  expect(await sql('s2', 'SELECT count(*) FROM hl.ledger')).toMatch(/^\s*[1-9]\d*$/m)
  expectNoOrderLost(trade)
  // The failover was met, not missed: somebody waited for it.
  expect(Math.max(...trade.orders.map(({ms}) => ms))).toBeGreaterThan(1_000)
})

test('a fault by hand, its heal, a look at the pages and the router are about the shard that is named', async () => {
  const injected = await lab.hl('faults', 'inject', 'kill-patroni', '--node', 'standby', '--shard', 's2')
  expect(injected.stdout).toMatch(/heal it: hl faults heal --all --lab \S+ --shard s2$/m)
  const healed = await lab.hl('faults', 'heal', '--all', '--shard', 's2')
  expect([healed.exitCode, healed.stdout]).toEqual([
    0,
    expect.stringMatching(/shard s2 of lab \S+ is healthy/) as string,
  ])
  expect((await lab.hl('nodes', 'check', '--shard', 's2')).stdout).toBe('ok       s2-pg1\nok       s2-pg2\n')
  const {result} = await lab.json<{readonly nodes: readonly {readonly node: string}[]}>(
    ...['router', 'explain', '--shard', 's2', 'SELECT 1'],
  )
  expect(result.nodes.map(({node}) => node).toSorted()).toEqual(['s2-pg1', 's2-pg2'])
  const {result: logs} = await lab.json<object>('logs', '--shard', 's2', '--since', '1s')
  expect(Object.keys(logs).toSorted()).toEqual(['etcd1', 's2-pg1', 's2-pg2'])
})
