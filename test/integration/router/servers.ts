// Real PostgreSQL servers for a test file: one primary and its streaming standbys, no Patroni. Brought up before the
// file, taken away after it. For tests only.
// Invariants: every wait ends by a deadline and says what it saw; the lab's label is on each container, so `hl down`
// and `hl doctor` find what a crash left. Who is primary is the test's own doing (promote, follow): nothing here fails
// over by itself. Not here: the commands inside a container (server-container.ts).
import pg from 'pg'
import {afterAll, beforeAll, expect} from 'vitest'
import {command} from '../../../src/lab/docker/container-control.ts'
import {docker as engine} from '../../../src/lab/docker/local-docker.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {docker, labelled} from '../../e2e/use-lab.ts'
import {ownName} from '../../suite/run-name.ts'
import * as container from './server-container.ts'
import {connection, template} from './server-template.ts'
import {until} from './until.ts'

export interface ServerNode {
  readonly name: string
  /** Known once the file's beforeAll has run. */
  readonly host: string
  readonly port: number
}

export interface ServersOptions {
  readonly standbys: number
  /** Commits wait for any one standby. Default false. */
  readonly synchronous?: boolean
}

type Values = readonly unknown[]
export type Mode = container.StopMode

export interface TestServers {
  /** All of them, the first primary first; the same objects for the whole file. */
  readonly nodes: readonly ServerNode[]
  /** The node that was made as primary; stays so whatever is promoted later. */
  readonly primary: ServerNode
  readonly standbys: readonly ServerNode[]
  /** A role that is no superuser and owns the database `shop` with the table `orders`. */
  readonly connection: {readonly user: string; readonly password: string; readonly database: string}
  /** `host:port` of each node, as the Router takes them. */
  hosts(): readonly string[]
  /** One statement as superuser in `shop`, on a connection of its own. */
  sql<T extends pg.QueryResultRow = pg.QueryResultRow>(node: ServerNode, text: string, values?: Values): Promise<T[]>
  /** All processes of the machine stand still; connections hang, new ones too. */
  pause(node: ServerNode): Promise<void>
  unpause(node: ServerNode): Promise<void>
  /** Network silence both ways, other servers included; the server runs on. */
  cut(node: ServerNode): Promise<void>
  mend(node: ServerNode): Promise<void>
  /** SIGKILL to all its processes; the address stays, so connections are refused. */
  kill(node: ServerNode): Promise<void>
  /** A signal to backends; what follows is in server-container.ts. */
  signal(node: ServerNode, pids: readonly number[], signal: container.BackendSignal): Promise<void>
  start(node: ServerNode): Promise<void>
  stop(node: ServerNode, mode?: Mode): Promise<void>
  restart(node: ServerNode, mode: Mode): Promise<void>
  promote(node: ServerNode): Promise<void>
  /**
   * Makes `node` a standby of `primary`: a running standby is pointed at it without losing its clients, anything else
   * is rebuilt.
   */
  follow(node: ServerNode, primary: ServerNode): Promise<void>
  replayPause(node: ServerNode): Promise<void>
  replayResume(node: ServerNode): Promise<void>
  /** Backends with that application_name. */
  connections(node: ServerNode, applicationName: string): Promise<number>
  /** Until all `standbys` stream from `primary`; as synchronous ones if the lab is. */
  waitForStreaming(primary?: ServerNode, standbys?: readonly ServerNode[]): Promise<void>
  /** Until all `standbys` have replayed what `primary` has written by now. */
  waitForReplay(primary?: ServerNode, standbys?: readonly ServerNode[]): Promise<void>
  /** Server settings of one node, in force for who connects from then on; null is the default again. */
  configure(node: ServerNode, settings: Readonly<Record<string, string | null>>): Promise<void>
  log(node: ServerNode): Promise<string>
}

const superuser = {
  user: 'postgres',
  database: connection.database,
  connectionTimeoutMillis: 10_000,
  query_timeout: 30_000,
  application_name: 'servers.ts',
} as const

interface OwnNode {
  readonly name: string
  host: string
  readonly port: number
}

/** Registers set-up and tear-down in the calling file. `name` has at most 20 characters. */
export function useServers(name: string, {standbys: standbyCount, synchronous = false}: ServersOptions): TestServers {
  const lab = ownName(name)
  const primary: OwnNode = {name: 'pg1', host: '', port: container.port}
  const standbys = Array.from({length: standbyCount}, (_, index): OwnNode => ({
    name: `pg${index + 2}`,
    host: '',
    port: container.port,
  }))
  const nodes = [primary, ...standbys]
  const called = (node: ServerNode): string => `hl-${lab}-${node.name}-1`

  const streaming = async (from: ServerNode = primary, to: readonly ServerNode[] = standbys): Promise<void> => {
    await until(
      `${names(to)} stream from ${from.name}`,
      () => replication(from),
      rows =>
        to.every(node =>
          rows.some(
            row => row.name === node.name && row.state === 'streaming' && (!synchronous || row.sync !== 'async'),
          ),
        ),
    )
  }
  const follow = async (node: ServerNode, from: ServerNode): Promise<void> => {
    const recovering = await sql<{on: boolean}>(node, 'SELECT pg_is_in_recovery() AS on').then(
      ([row]) => row?.on === true,
      () => false,
    )
    if (recovering) await configure(node, {primary_conninfo: container.conninfo(from.host, node.name)})
    else await container.rebuildStandby(called(node), node.name, from.host)
    await streaming(from, [node])
  }

  beforeAll(async () => {
    const directory = await template()
    await Promise.all(
      nodes.map(async node => {
        node.host = await container.runContainer(lab, called(node), node.name, directory)
      }),
    )
    await Promise.all([
      container.startPrimary(called(primary)),
      ...standbys.map(node => container.startStandby(called(node), node.name, primary.host)),
    ])
    if (synchronous) await Promise.all(nodes.map(node => configure(node, {synchronous_standby_names: 'ANY 1 (*)'})))
    await streaming()
  })
  afterAll(async () => {
    const left = await labelled(lab)
    if (left.length > 0) await docker('rm', '-f', ...left)
    expect(await labelled(lab)).toEqual([])
  })

  return {
    nodes,
    primary,
    standbys,
    connection,
    sql,
    follow,
    connections,
    configure,
    hosts: () => nodes.map(({host, port}) => `${host}:${port}`),
    pause: async node => {
      await command(engine, monotonicClock(), called(node), 'pause')
    },
    unpause: async node => {
      await docker('unpause', called(node))
    },
    cut: node => container.silence(called(node), true),
    mend: node => container.silence(called(node), false),
    kill: node => container.killServer(called(node)),
    signal: (node, pids, signal) => container.signalBackends(called(node), pids, signal),
    start: node => container.startServer(called(node)),
    stop: (node, mode = 'fast') => container.stopServer(called(node), mode),
    restart: (node, mode) => container.restartServer(called(node), mode),
    promote: async node => {
      const [row] = await sql<{done: boolean}>(node, 'SELECT pg_promote(true, 25) AS done')
      if (row?.done !== true) throw new Error(`${node.name} was not promoted in time`)
    },
    replayPause: node => setReplay(node, 'pause'),
    replayResume: node => setReplay(node, 'resume'),
    waitForStreaming: streaming,
    waitForReplay: async (from = primary, to = standbys) => waitForReplay(from, to),
    log: node => container.serverLog(called(node)),
  }
}

async function sql<T extends pg.QueryResultRow>(node: ServerNode, text: string, values: Values = []): Promise<T[]> {
  const client = new pg.Client({...superuser, host: node.host, port: node.port})
  // A server that goes away under the statement is told by the statement.
  client.on('error', () => undefined)
  await client.connect()
  try {
    return (await client.query<T>(text, [...values])).rows
  } finally {
    await client.end()
  }
}

/** In postgresql.auto.conf, from where a standby made later copies it. */
async function configure(node: ServerNode, settings: Readonly<Record<string, string | null>>): Promise<void> {
  for (const [name, value] of Object.entries(settings))
    await sql(
      node,
      value === null ? `ALTER SYSTEM RESET ${name}` : `ALTER SYSTEM SET ${name} = ${pg.escapeLiteral(value)}`,
    )
  const [asked] = await sql<{at: string}>(node, 'SELECT clock_timestamp()::text AS at, pg_reload_conf()')
  // The server is told, and does it a little later; by then it has told its processes.
  await until(`${node.name} has its settings`, async () => {
    const [row] = await sql<{loaded: boolean}>(node, 'SELECT pg_conf_load_time() >= $1::timestamptz AS loaded', [
      asked?.at,
    ])
    return row?.loaded
  })
}

async function connections(node: ServerNode, applicationName: string): Promise<number> {
  const [row] = await sql<{count: number}>(
    node,
    'SELECT count(*)::int AS count FROM pg_stat_activity WHERE application_name = $1',
    [applicationName],
  )
  return row?.count ?? 0
}

async function setReplay(node: ServerNode, what: 'pause' | 'resume'): Promise<void> {
  await sql(node, `SELECT pg_wal_replay_${what}()`)
  // Pausing is asked for and comes into force at the next record or wait.
  await until(
    `${node.name} obeys ${what}`,
    async () => (await sql<{state: string}>(node, 'SELECT pg_get_wal_replay_pause_state() AS state'))[0]?.state,
    state => state === (what === 'pause' ? 'paused' : 'not paused'),
  )
}

interface Stream {
  readonly name: string
  readonly state: string
  readonly sync: string
  readonly replayed: boolean
}

/** Who streams from it, and whether they have replayed up to `lsn`. */
async function replication(node: ServerNode, lsn = '0/0'): Promise<Stream[]> {
  return sql<Stream & pg.QueryResultRow>(
    node,
    `SELECT application_name AS name, state, sync_state AS sync, coalesce(replay_lsn >= $1::pg_lsn, false) AS replayed FROM pg_stat_replication`,
    [lsn],
  )
}

async function waitForReplay(from: ServerNode, to: readonly ServerNode[]): Promise<void> {
  const lsn = (await sql<{lsn: string}>(from, 'SELECT pg_current_wal_lsn() AS lsn'))[0]?.lsn ?? ''
  await until(
    `${names(to)} replay ${lsn} of ${from.name}`,
    () => replication(from, lsn),
    rows => to.every(node => rows.some(row => row.name === node.name && row.replayed)),
  )
}

const names = (nodes: readonly ServerNode[]): string => nodes.map(({name}) => name).join(', ')
