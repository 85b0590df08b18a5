// The load of a run over the shards of a lab, put together: the pool, the engine, the final read. Implements the port
// Load. Invariant: passwords go into connections only. Not here: what is done (sharded-operations.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError, messageOf} from '../../model/errors.ts'
import type {Clock, EventSink, HistorySink, LabEndpoints, LabSecrets, Load, Random} from '../../model/ports.ts'
import type {LoadSpec} from '../../model/scenario.ts'
import {groupOf, slotOf, type ShardedPoolOptions} from '../../shards/index.ts'
import type {Attempt} from '../access-paths/access-path.ts'
import {askPatroni} from '../ask-patroni.ts'
import {createEngine, inFlightMax, type Engine} from '../load-engine.ts'
import type {NodeConnection} from '../node-connection.ts'
import type {LoadOperations} from '../operations/load-operations.ts'
import {openPgConnection} from '../pg-node-connection.ts'
import {chooseUsers, type LoadUser} from './shard-users.ts'
import {openShardedPath, type ShardedPath} from './sharded-path.ts'
import {readShardedFinal, type ShardOptions} from './sharded-final.ts'
import {openAccount, openUser, shardedOperations} from './sharded-operations.ts'

export interface ShardedLoadOptions {
  readonly shards: readonly {readonly name: string; readonly endpoints: LabEndpoints}[]
  /** The one that steps are about. */
  readonly subject: string
  /** As hl_app. */
  readonly pool: ShardedPoolOptions
  readonly secrets: LabSecrets
  readonly load: LoadSpec
  readonly run: string
  readonly clock: Clock
  readonly random: Random
  readonly onOp: HistorySink
  readonly emit: EventSink
}

const prepareMs = 30_000

/** Makes the load of one run. The pool looks for primaries and the map at once; all else waits for prepare(). */
export function createShardedLoad(options: ShardedLoadOptions): Load {
  const {clock, load, pool, run, shards, subject} = options
  const path = openShardedPath({options: pool, queueMax: inFlightMax(load), nowMs: () => clock.nowMs()})
  const nodeByServer = new Map<string, string>()
  let users: readonly LoadUser[] = []
  let operations: LoadOperations | null = null
  const drawn = (): LoadOperations => {
    operations ??= shardedOperations({...options, path, users})
    return operations
  }
  const engine: Engine = createEngine({
    ...options,
    nodes: [],
    operations: {
      append: stamp => drawn().append(stamp),
      transfer: stamp => drawn().transfer(stamp),
      read: (kind, stamp) => drawn().read(kind, stamp),
      scatter: stamp => drawn().scatter?.(stamp) ?? drawn().read('read-primary', stamp),
    },
    openPinned: () => Promise.reject(new Error('no writer is pinned to a node of a shard')),
    nodeAt: server => nodeByServer.get(server),
  })
  return {
    async prepare() {
      try {
        users = await openUsers(options, path)
        await learnAddresses(options, nodeByServer)
      } catch (error) {
        throw notPrepared(error)
      }
    },
    start: () => engine.start(),
    stop: () => engine.stop(),
    writableSinceMs: () => engine.writableSinceMs(),
    writableNodes: () => engine.writableNodes(),
    async finalState() {
      // What reads the rows of another load, on shards that came back with its map, has made no users.
      const {length: accounts} = users.length > 0 ? users : await usersOf(path)
      return readShardedFinal({
        run,
        subject,
        clock,
        accounts,
        shards: shards.map(({name, endpoints}) => shardOptions(options, name, endpoints)),
      })
    },
    async close() {
      engine.close()
      await path.close()
    },
  }
}

/** The same users in each run, with an account of this one. */
async function openUsers({run, clock}: ShardedLoadOptions, path: ShardedPath): Promise<readonly LoadUser[]> {
  const users = await usersOf(path)
  const attempt: Attempt = {deadlineAtMs: clock.nowMs() + prepareMs, sent: false, over: false}
  await Promise.all(
    users.map(async ({userId}) => {
      await path.write(openUser(userId), attempt)
      await path.write(openAccount(run, userId), attempt)
    }),
  )
  const byShard = new Map(users.map(({shard, userId}) => [shard, userId]))
  await path.warm([...byShard.values()], attempt)
  return users
}

async function usersOf(path: ShardedPath): Promise<readonly LoadUser[]> {
  const map = await path.ready()
  return chooseUsers(map.shards, userId => {
    const slot = slotOf('int8', userId)
    return {shard: map.ownerOf(slot), group: groupOf(slot)}
  })
}

/** An answer tells its server's own address; a node that cannot be reached is no error, and keeps nobody waiting. */
async function learnAddresses(options: ShardedLoadOptions, nodeByServer: Map<string, string>): Promise<void> {
  const learn = async ({open}: ShardOptions, node: string): Promise<void> => {
    const connection = await open(node, 2_000).catch(() => null)
    if (connection?.server.address != null) nodeByServer.set(connection.server.address, node)
    connection?.close()
  }
  await Promise.all(
    options.shards.flatMap(({name, endpoints}) => {
      const shard = shardOptions(options, name, endpoints)
      return shard.nodes.map(async node => learn(shard, node))
    }),
  )
}

function shardOptions(
  {secrets, clock}: Pick<ShardedLoadOptions, 'secrets' | 'clock'>,
  shard: string,
  {postgres, rest}: LabEndpoints,
): ShardOptions {
  const account = {user: 'hl_readonly', password: secrets.readonly, database: 'hl', applicationName: 'hl load final'}
  return {
    shard,
    clock,
    nodes: Object.keys(postgres),
    async open(node, budgetMs): Promise<NodeConnection> {
      const address = postgres[node]
      if (address === undefined) throw new Error(`${node} is not a node of shard ${shard}`)
      return openPgConnection({...address, ...account}, budgetMs, clock)
    },
    async askPatroni(node, path) {
      const at = rest[node]
      return at === undefined ? null : askPatroni(at, path)
    },
  }
}

function notPrepared(error: unknown): HlError {
  const message = messageOf(error)
  return new HlError('LAB_UNHEALTHY', `the shards did not take the load's first writes: ${message}`, {
    next: [hint('shards list', {why: 'shows where each shard stands'}), hint('status')],
    cause: error,
  })
}
