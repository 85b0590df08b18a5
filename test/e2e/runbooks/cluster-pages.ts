// Pages that are followed on one cluster of three nodes with an archive, in this order: the last ones break most. For
// tests only. Not here: those over shards (shard-pages.ts).
import {mustBe, type FollowedPage, type PageWorld} from './followed-page.ts'

/** Their scenarios break the lab: `hl runbooks rehearse`. */
export const rehearsedPages = [
  'primary-down',
  'node-down',
  'standby-lagging',
  'split-brain',
  'network-partition',
  'etcd-member',
  'dcs-quorum-lost',
] as const

const set = (values: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`])

const operations: readonly FollowedPage[] = [
  {
    runbook: 'switchover',
    what: 'to the sync standby',
    prepares: async ({primary, sql}) => {
      const target = await sql(
        await primary(),
        `SELECT application_name FROM pg_stat_replication WHERE sync_state = 'sync'`,
      )
      return set({target})
    },
  },
  {
    runbook: 'rolling-restart',
    what: 'for a setting',
    prepares: async () => Promise.resolve(['--case', 'setting', ...set({setting: 'shared_buffers', value: '144MB'})]),
    sees: async ({primary, standby, sql}) => {
      for (const member of [await primary(), await standby()]) mustBe(await sql(member, 'SHOW shared_buffers'), '144MB')
    },
  },
  {
    runbook: 'minor-upgrade',
    what: 'without its packages',
    prepares: async ({standby}) => set({standby: await standby(), version: '17'}),
  },
  {
    runbook: 'rebuild-standby',
    what: 'of one that is well',
    prepares: async ({standby}) => set({node: await standby()}),
  },
  {
    runbook: 'rotate-secrets',
    what: 'a login, and back',
    prepares: async () =>
      Promise.resolve([
        ...['--case', 'login', '--case', 'back'],
        ...set({'role': 'hl_app', 'new-role': 'hl_app_2', 'database': 'hl'}),
      ]),
  },
  {
    runbook: 'tune-failover-time',
    what: 'a longer ttl',
    prepares: async () => Promise.resolve(['--case', 'set', ...set({setting: 'ttl', value: '25'})]),
    sees: async ({onNode, primary}) => {
      await onNode(
        await primary(),
        `patronictl show-config | grep -x 'ttl: 25' && patronictl edit-config hl --force -s ttl=20`,
      )
    },
  },
]

const stuckSession = `SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(900)'`

const failures: readonly FollowedPage[] = [
  {
    runbook: 'connections-exhausted',
    what: 'a session that is stuck',
    prepares: async ({primary, onNode, sql}) => {
      const member = await primary()
      await onNode(member, `psql -X -d hl -c 'SELECT pg_sleep(900)' </dev/null >/dev/null 2>&1 & sleep 1`)
      return ['--case', 'stuck', ...set({pid: await sql(member, stuckSession)})]
    },
    sees: async ({primary, sql}) => mustBe(await sql(await primary(), stuckSession), ''),
  },
  {
    runbook: 'slot-bloat',
    what: 'a slot whose reader is gone',
    prepares: async ({primary, sql}) => {
      await sql(await primary(), `SELECT pg_create_physical_replication_slot('left_behind', true)`)
      return ['--case', 'gone', ...set({slot: 'left_behind'})]
    },
  },
  {
    runbook: 'prepared-transactions',
    what: 'of another manager',
    prepares: async ({primary, sql}) => {
      await sql(await primary(), 'BEGIN', 'CREATE TABLE prepared (i int)', `PREPARE TRANSACTION 'manager-1'`)
      return ['--case', 'foreign-roll-back', ...set({gid: 'manager-1', database: 'hl'})]
    },
    sees: async ({primary, sql}) => mustBe(await sql(await primary(), 'SELECT count(*) FROM pg_prepared_xacts'), '0'),
  },
  {runbook: 'disk-full', what: 'a disk that is not', prepares: async ({standby}) => set({node: await standby()})},
  {
    runbook: 'monitoring-blind',
    what: 'a role that lost its rights',
    prepares: async ({primary, sql}) => {
      await sql(await primary(), 'REVOKE pg_monitor FROM hl_monitoring')
      return ['--case', 'rights']
    },
  },
]

const rows = async ({primary, sql}: PageWorld): Promise<string> =>
  sql(await primary(), 'SELECT count(*) FROM keep.letters')

/** A table of a thousand rows in a backup, one more row, and it is dropped. */
async function dropLetters({lab, primary, sql}: PageWorld): Promise<void> {
  const member = await primary()
  await sql(
    member,
    'CREATE SCHEMA IF NOT EXISTS keep',
    'CREATE TABLE IF NOT EXISTS keep.letters (id int PRIMARY KEY)',
    'INSERT INTO keep.letters SELECT generate_series(1, 1000) ON CONFLICT DO NOTHING',
  )
  await lab.json('backups', 'create')
  await sql(member, 'INSERT INTO keep.letters VALUES (2000)', 'DROP TABLE keep.letters')
  await sql(
    member,
    'CREATE TABLE IF NOT EXISTS keep.since (i int)',
    'INSERT INTO keep.since VALUES (1)',
    'SELECT pg_switch_wal()',
  )
}

const archives: readonly FollowedPage[] = [
  {runbook: 'backup-too-old', what: 'no backup yet'},
  {runbook: 'verify-backups', what: 'one that was never restored'},
  {
    runbook: 'archive-behind',
    what: 'an archive that is stopped',
    prepares: async ({container, primary, sql}) => {
      await container('stop', 'archive')
      await sql(await primary(), 'SELECT pg_switch_wal()')
      return ['--case', 'stopped']
    },
  },
  {
    runbook: 'archive-gap',
    what: 'a segment that a member still has',
    prepares: async ({lab, primary, run, sql, onNode}) => {
      const node = await primary()
      await lab.json('backups', 'create', '--kind', 'full')
      await sql(node, 'CREATE TABLE gap (i int)')
      const segment = await sql(node, 'SELECT pg_walfile_name(pg_switch_wal())')
      await sql(node, 'DROP TABLE gap')
      await sql(node, 'SELECT pg_switch_wal()')
      await onNode(
        node,
        `until [ -e /var/lib/postgresql/data/pg_wal/archive_status/${segment}.done ]; do sleep 0.2; done`,
      )
      // The standbys archive it too.
      await run('archive', `until [ "$(ls /archive/*/wal | tail -n 1)" \\> ${segment} ]; do sleep 0.2; done`)
      await run('archive', `rm /archive/*/wal/${segment} /archive/*/wal/.${segment}.sum`)
      return ['--case', 'still-there', ...set({node, segment})]
    },
  },
  {
    runbook: 'table-lost',
    what: 'one that was dropped',
    prepares: async world => {
      await dropLetters(world)
      return ['--case', 'no-copy', ...set({table: 'keep.letters'})]
    },
    sees: async world => mustBe(await rows(world), '1001'),
  },
  {
    runbook: 'restore-database',
    what: 'out of its dump',
    prepares: async ({primary, onNode}) => {
      await onNode(
        await primary(),
        `createdb shop; psql -Xq -d shop -c 'CREATE TABLE t AS SELECT generate_series(1, 500) AS i'
        pg_dump --format=custom --file=/var/lib/postgresql/shop.dump shop; psql -Xq -d shop -c 'DELETE FROM t'`,
      )
      return ['--case', 'dump', ...set({database: 'shop', dump: 'shop.dump'})]
    },
    sees: async ({primary, onNode}) =>
      mustBe(await onNode(await primary(), `psql -XAt -d shop -c 'SELECT count(*) FROM t'`), '500'),
  },
]

/** What is made beside the lab: the name of the test's lab, and this. */
export const madeBeside = ['beside', 'second'] as const

const restores: readonly FollowedPage[] = [
  {
    runbook: 'restore-dropped-table',
    what: 'beside',
    prepares: async world => {
      await dropLetters(world)
      return ['--case', 'beside', ...set({table: 'keep.letters', second: `${world.lab.name}-beside`})]
    },
  },
  {
    runbook: 'restore-dropped-table',
    what: 'in its place',
    prepares: async ({lab}) =>
      Promise.resolve(['--case', 'in-place', ...set({table: 'keep.letters', second: `${lab.name}-beside`})]),
    sees: async world => mustBe(await rows(world), '1001'),
  },
  {
    runbook: 'node-damaged',
    what: 'a page of a standby',
    prepares: async ({standby, primary, sql, onNode}) => {
      const [node, other] = [await standby(), await primary()]
      await sql(other, 'CREATE TABLE damaged AS SELECT generate_series(1, 1000) AS i', 'CHECKPOINT')
      const file = await sql(other, `SELECT pg_relation_filepath('damaged')`)
      await onNode(
        node,
        `until [ -s /var/lib/postgresql/data/${file} ]; do sleep 0.2; done; psql -Xqc CHECKPOINT
        printf '\\377\\376' | dd of=/var/lib/postgresql/data/${file} bs=1 seek=4242 conv=notrunc status=none`,
      )
      return set({node, target: other})
    },
  },
  {
    runbook: 'restore-cluster',
    what: 'all members are gone',
    prepares: async ({lab, container}) => {
      await container('kill', 'pg1', 'pg2', 'pg3')
      return set({second: `${lab.name}-second`})
    },
  },
]

export const clusterPages: readonly FollowedPage[] = [...operations, ...failures, ...archives, ...restores]
