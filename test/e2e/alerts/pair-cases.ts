// Alert -> break -> heal, on one cluster of two nodes with an archive, asynchronous, without a load. For tests only.
// Not here: what is done with them (alerts.test.ts).
import {nothing, type AlertCase} from './alert-case.ts'
import {archiveCases, backupCases, withoutArchive} from './backup-cases.ts'
import {switchWal, write} from './switch-wal.ts'
import type {WatchedLab} from './watched-lab.ts'

const keepSize = 'postgresql.parameters.max_slot_wal_keep_size'
const slotOf = (name: string): string => `slots.${name}.type=physical`

const settings = async ({patronictl}: WatchedLab, ...pairs: readonly string[]): Promise<void> => {
  await patronictl('edit-config', '--force', '--quiet', ...pairs.flatMap(pair => ['-s', pair]))
}

const receiver = async ({run, standby}: WatchedLab, signal: 'STOP' | 'CONT'): Promise<void> => {
  await run(await standby(), `pkill -${signal} -f '[w]alreceiver'`)
}

/** Until a query of the primary says so, which is nudged meanwhile; the test's own limit ends the wait. */
const until = async (
  {sql, primary}: WatchedLab,
  query: string,
  answer: string,
  ...nudge: readonly string[]
): Promise<void> => {
  while ((await sql(await primary(), query)) !== answer) await sql(await primary(), ...nudge, 'SELECT pg_sleep(0.5)')
}

/** As runbooks/archive-behind.md has it: else the next promotion brings the number, and its history is refused. */
const setAside = `cd /archive/*/wal; file=$(ls | grep -E '^[0-9A-F]{8}[.]history$' | sort | tail -n 1)
  mkdir -p ../aside; mv "\${file%.history}"* ".\${file%.history}"* ../aside/`

const promoted = {HlTimelineSwitched: 'a standby is promoted, or the primary is started anew'} as const

const nodes: readonly AlertCase[] = [
  {
    what: 'the exporter is gone',
    alerts: ['HlExporterDown'],
    breaks: async ({stopExporter}) => stopExporter(),
    heals: async ({startExporter}) => startExporter(),
  },
  {
    what: 'a rule cannot be evaluated',
    alerts: ['HlRuleFailing'],
    breaks: async ({extraRules}) =>
      extraRules(
        'groups: [{name: extra, rules: [{record: "lab:extra:sum", expr: "hl_node_role + on (lab) hl_node_role"}]}]\n',
      ),
    heals: async ({extraRules}) => extraRules(null),
  },
  {
    what: 'Patroni is paused',
    alerts: ['HlPatroniPaused'],
    breaks: async ({patronictl}) => {
      await patronictl('pause', '--wait')
    },
    heals: async ({patronictl}) => {
      await patronictl('resume', '--wait')
    },
  },
  {
    what: 'nearly all connections are taken',
    alerts: ['HlConnectionsHigh'],
    breaks: async ({run, standby}) => {
      const script = `echo 'SELECT pg_sleep(5)' >/tmp/sleep.sql; chmod 644 /tmp/sleep.sql
        bench=$(ls /usr/lib/postgresql/*/bin/pgbench)
        setsid runuser -u postgres -- "$bench" -n -c 183 -T 900 -f /tmp/sleep.sql postgres >/tmp/bench.log 2>&1 </dev/null &`
      await run(await standby(), script)
    },
    heals: async ({run, standby}) => {
      await run(await standby(), 'pkill -x pgbench')
    },
  },
  {
    what: 'a prepared transaction is left',
    alerts: ['HlPreparedTransactionStuck'],
    withinMs: 420_000,
    breaks: async ({sql, primary}) => {
      await sql(await primary(), `BEGIN; ${write}; PREPARE TRANSACTION 'left'`)
    },
    heals: async ({sql, primary}) => {
      await sql(await primary(), "ROLLBACK PREPARED 'left'")
    },
  },
  {
    what: 'nearly all prepared transactions are taken',
    alerts: ['HlPreparedTransactionsFull'],
    breaks: async ({sql, primary}) => {
      const all = Array.from({length: 42}, (_, index) => `BEGIN; ${write}; PREPARE TRANSACTION 'left-${index}'`)
      await sql(await primary(), ...all)
    },
    heals: async ({sql, primary}) => {
      await sql(await primary(), ...Array.from({length: 42}, (_, index) => `ROLLBACK PREPARED 'left-${index}'`))
    },
  },
  {
    what: 'a switchover',
    alerts: ['HlTimelineSwitched'],
    also: {HlNoPrimary: 'for as long as it takes, which on a busy host is longer than the shortened wait'},
    breaks: async ({lab}) => {
      await lab.json('switchover', '--yes')
    },
    heals: nothing,
  },
  {
    what: 'two nodes take writes',
    alerts: ['HlTwoPrimaries'],
    also: {
      ...promoted,
      HlPatroniPaused: 'in maintenance mode, so that Patroni lets it be',
      HlSlotInactive: 'who was promoted streams from nobody',
      HlNodeDown: 'it is made anew from the other',
      HlReplicationLagUnknown: 'until it is made anew it is on a timeline of its own',
      HlReceiverDown: 'until it is made anew it cannot stream',
    },
    breaks: async ({lab}) => {
      await lab.json('faults', 'inject', 'promote-standby', '--node', 'standby')
    },
    heals: async ({lab, run}) => {
      await lab.json('faults', 'heal', '--all')
      await run('archive', setAside)
    },
  },
  {
    what: 'all nodes are killed',
    alerts: ['HlNoPrimary', 'HlNodeDown'],
    also: {...promoted, HlReceiverDown: 'until the standby finds the new primary', HlSlotInactive: 'the same'},
    breaks: async ({container}) => container('kill', 'pg1', 'pg2'),
    heals: async ({lab}) => {
      await lab.json('up')
    },
  },
]

const replication: readonly AlertCase[] = [
  {
    what: 'the standby may not connect to the primary',
    alerts: ['HlReceiverDown', 'HlSlotInactive', 'HlNoSyncStandby'],
    also: {
      HlReplicationLagUnknown:
        'a standby without a receiver tells the timeline of its last restartpoint, which may be from before a promotion',
    },
    breaks: async world => {
      await settings(world, 'synchronous_mode=true')
      await world.sql(
        await world.primary(),
        'ALTER ROLE replicator NOLOGIN',
        'SELECT pg_terminate_backend(pid) FROM pg_stat_replication',
      )
    },
    heals: async world => {
      await world.sql(await world.primary(), 'ALTER ROLE replicator LOGIN')
      await settings(world, 'synchronous_mode=false')
    },
  },
  {
    what: 'the standby is cut off right after a promotion',
    alerts: ['HlReplicationLagUnknown'],
    also: {
      ...promoted,
      HlNoPrimary: 'for as long as the promotion takes',
      HlReceiverDown: 'it is cut off',
      HlRpoUnknown: 'nobody knows what it lacks',
      HlSlotInactive: 'it is cut off',
    },
    breaks: async world => {
      await world.lab.json('switchover', '--yes')
      await world.sql(
        await world.primary(),
        'ALTER ROLE replicator NOLOGIN',
        'SELECT pg_terminate_backend(pid) FROM pg_stat_replication',
      )
    },
    heals: async world => {
      await world.sql(await world.primary(), 'ALTER ROLE replicator LOGIN')
    },
  },
  {
    what: 'the standby replays nothing',
    alerts: ['HlReplicationLag'],
    withinMs: 300_000,
    breaks: async ({sql, primary, standby}) => {
      await sql(await standby(), "ALTER SYSTEM SET recovery_min_apply_delay = '1h'", 'SELECT pg_reload_conf()')
      await sql(await primary(), write)
    },
    heals: async ({sql, standby}) => {
      await sql(await standby(), 'ALTER SYSTEM RESET recovery_min_apply_delay', 'SELECT pg_reload_conf()')
    },
  },
  {
    what: 'what is committed reaches neither the standby nor the archive',
    alerts: ['HlRpoExposed', 'HlRpoBudgetBurning', 'HlReplicationLag'],
    also: {...withoutArchive, HlSlotInactive: 'the primary has given the silent receiver up'},
    withinMs: 180_000,
    breaks: async world => {
      await world.container('stop', 'archive')
      await receiver(world, 'STOP')
      await world.sql(await world.primary(), write)
    },
    heals: async world => {
      await receiver(world, 'CONT')
      await world.container('start', 'archive')
    },
  },
  {
    what: 'standby and archive are silent',
    alerts: ['HlRpoUnknown', 'HlNodeDown'],
    also: {...withoutArchive, HlSlotInactive: 'the primary has given the silent standby up'},
    breaks: async world => {
      await world.container('stop', 'archive')
      await world.container('pause', await world.standby())
    },
    heals: async ({lab}) => {
      await lab.json('up')
    },
  },
  {
    what: 'a slot that nobody reads from keeps a gigabyte',
    alerts: ['HlSlotRetainsWal', 'HlSlotInactive'],
    withinMs: 300_000,
    breaks: async world => {
      await settings(world, slotOf('nobody'))
      await until(world, "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'nobody'", '1')
      await switchWal(world, 70)
    },
    heals: async world => settings(world, 'slots.nobody=null'),
  },
  {
    what: 'a slot loses the WAL that its reader needs',
    alerts: ['HlSlotLost'],
    also: {HlSlotInactive: 'nobody can read from it any more'},
    breaks: async world => {
      // Patroni drops slots that it does not know, and knows which to leave alone when the other setting is in force.
      await settings(world, 'ignore_slots=[{name: left, type: physical}]', `${keepSize}=16MB`)
      await until(world, 'SHOW max_slot_wal_keep_size', '16MB')
      await world.sql(await world.primary(), "SELECT pg_create_physical_replication_slot('left', true)")
      // wal_keep_size, 256 MB, is kept for everybody.
      await switchWal(world, 24)
      // What summarize_wal has not summarized yet is kept too, and a summary ends at a checkpoint: it takes two.
      const status = "SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'left'"
      await until(world, status, 'lost', 'CHECKPOINT')
    },
    heals: async world => {
      await world.sql(await world.primary(), "SELECT pg_drop_replication_slot('left')")
      await settings(world, 'ignore_slots=null', `${keepSize}=null`)
    },
  },
]

/** In this order, since the lab has no backup when it is made. */
export const pairCases: readonly AlertCase[] = [...backupCases, ...nodes, ...replication, ...archiveCases]
