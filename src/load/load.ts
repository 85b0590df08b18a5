// The load of a run, put together: the access path, the pinned writers, the engine and the final read. Implements the
// port Load.
// Invariant: passwords go into connections only. Not here: pacing and outcomes (load-engine.ts) and judging
// (src/measure).
import {hint} from '../model/command-hint.ts'
import {HlError, messageOf} from '../model/errors.ts'
import type {Clock, EventSink, HistorySink, LabEndpoints, LabSecrets, Load, Random} from '../model/ports.ts'
import type {LoadSpec, AccessPathName} from '../model/scenario.ts'
import {askPatroni} from './ask-patroni.ts'
import {openDirectPath} from './access-paths/direct.ts'
import {openMultiHostPath} from './access-paths/multi-host.ts'
import {openPgpoolPath} from './access-paths/pgpool.ts'
import {openRouterPath} from './access-paths/router.ts'
import type {Attempt, AccessPath} from './access-paths/access-path.ts'
import {readFinalState} from './final-state.ts'
import {labRouterOptions} from './lab-router-options.ts'
import {createEngine, inFlightMax, type Engine} from './load-engine.ts'
import {clusterOperations} from './operations/load-operations.ts'
import {openAccountsStatement} from './operations/transfer.ts'
import {openPgConnection} from './pg-node-connection.ts'
import type {PgTarget} from './pg-node-connection.ts'
import type {NodeConnection} from './node-connection.ts'

export interface LoadOptions {
  readonly endpoints: LabEndpoints
  readonly secrets: LabSecrets
  readonly load: LoadSpec
  readonly through: AccessPathName
  /** The node that `direct` goes to. */
  readonly directTo: string | null
  /** Tells this run's rows from those of others. */
  readonly run: string
  readonly clock: Clock
  readonly random: Random
  readonly onOp: HistorySink
  readonly emit: EventSink
}

const database = 'hl'
/** For accounts and first connections; a healthy cluster needs a fraction of it. */
const prepareMs = 15_000

/** Makes the load of one run. Nothing is connected before prepare(), except that the router looks for the primary. */
export function createLoad(options: LoadOptions): Load {
  const {endpoints, secrets, run, clock, emit} = options
  const nodes = Object.keys(endpoints.postgres)
  const nodeByServer = new Map<string, string>()
  const openAs = async (
    node: string,
    budgetMs: number,
    user: PgTarget['user'],
    password: string,
  ): Promise<NodeConnection> => {
    const connection = await openPgConnection(
      {...addressOf(endpoints, node), user, password, database, applicationName: `hl load ${node}`},
      budgetMs,
      clock,
    )
    if (connection.server.address !== null) nodeByServer.set(connection.server.address, node)
    return connection
  }
  const openApp = (node: string, budgetMs: number): Promise<NodeConnection> =>
    openAs(node, budgetMs, 'hl_app', secrets.app)

  let started = false
  const access = openAccess(options, openApp, node => {
    if (started) emit({kind: 'router.primary', atMs: clock.nowMs(), node})
  })
  const engine = createEngine({
    ...options,
    nodes,
    operations: clusterOperations(access.path, run, options.random),
    openPinned: openApp,
    nodeAt: server => nodeByServer.get(server),
  })

  return {
    prepare: async () => prepare(options, access, engine),
    start() {
      started = true
      const primary = access.primary()
      if (primary !== null) emit({kind: 'router.primary', atMs: clock.nowMs(), node: primary})
      engine.start()
    },
    stop: () => engine.stop(),
    writableSinceMs: () => engine.writableSinceMs(),
    writableNodes: () => engine.writableNodes(),
    finalState: () =>
      readFinalState({
        run,
        nodes,
        clock,
        open: (node, budgetMs) => openAs(node, budgetMs, 'hl_readonly', secrets.readonly),
        askPatroni: async (node, path) => askNode(endpoints, node, path),
      }),
    async close() {
      engine.close()
      await access.path.close()
    },
  }
}

async function prepare({run, clock, through}: LoadOptions, {path}: Access, engine: Engine): Promise<void> {
  const attempt: Attempt = {deadlineAtMs: clock.nowMs() + prepareMs, sent: false, over: false}
  try {
    await path.write(openAccountsStatement(run), attempt)
    await Promise.all([path.warm(attempt), engine.warm()])
  } catch (error) {
    throw notPrepared(through, error)
  }
}

async function askNode({rest}: LabEndpoints, node: string, path: Parameters<typeof askPatroni>[1]) {
  const at = rest[node]
  return at === undefined ? null : askPatroni(at, path)
}

interface Access {
  readonly path: AccessPath
  /** The primary that the access path uses now, where it knows one. */
  primary(): string | null
}

function openAccess(
  {through, directTo, endpoints, secrets, clock, load}: LoadOptions,
  open: (node: string, budgetMs: number) => Promise<NodeConnection>,
  onPrimary: (node: string | null) => void,
): Access {
  const credentials = {user: 'hl_app', password: secrets.app, database, applicationName: `hl load ${through}`}
  if (through === 'router') {
    const path = openRouterPath({
      options: labRouterOptions(endpoints, credentials),
      queueMax: inFlightMax(load),
      nowMs: () => clock.nowMs(),
      onPrimary,
    })
    return {path, primary: () => path.primary()}
  }
  if (through === 'multi-host')
    return {path: openMultiHostPath({nodes: Object.keys(endpoints.postgres), open, clock}), primary: () => null}
  if (through === 'direct') {
    if (directTo === null)
      throw new HlError('BUG', 'the load is to go to one node, and the plan names none', {
        next: ['report this with the command you ran'],
      })
    return {path: openDirectPath({node: directTo, open, clock}), primary: () => null}
  }
  const {pgpool} = endpoints
  if (pgpool === null) {
    throw new HlError('SCENARIO_INVALID', 'the load is to go through pgpool, and this lab has none', {
      next: ['choose --through router or --through multi-host'],
    })
  }
  return {
    path: openPgpoolPath({open: budgetMs => openPgConnection({...pgpool, ...credentials}, budgetMs, clock), clock}),
    primary: () => null,
  }
}

function addressOf(endpoints: LabEndpoints, node: string): LabEndpoints['postgres'][string] {
  const address = endpoints.postgres[node]
  if (address === undefined)
    throw new HlError('NODE_UNKNOWN', `${node} is not a node of this lab`, {
      next: [`nodes: ${Object.keys(endpoints.postgres).join(', ')}`],
    })
  return address
}

function notPrepared(through: AccessPathName, error: unknown): HlError {
  const message = messageOf(error)
  return new HlError(
    'LAB_UNHEALTHY',
    `the cluster did not take the load's first writes (through ${through}): ${message}`,
    {
      next: [
        hint('status', {why: 'shows what is wrong'}),
        hint('down', {why: 'takes it away, for a new one to be brought up'}),
      ],
      cause: error,
    },
  )
}
