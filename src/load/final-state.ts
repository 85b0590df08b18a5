// What every node holds after the run, read from the nodes themselves. Invariant: the ids come from the one primary
// that Patroni's lock agrees with, or there are none; standbys get a bounded time to replay its last position first;
// nothing is repaired or tried again. Not here: what a difference means (src/measure).
import type {Clock} from '../model/ports.ts'
import type {FinalState} from '../model/history.ts'
import type {Lsn} from '../model/lsn.ts'
import type {Attempt, Statement} from './access-paths/access-path.ts'
import {accountsTotal} from './operations/transfer.ts'
import {choosePrimary, parseContent, parseHistory, parseIds, parsePosition} from './parse-final.ts'
import type {Candidate, NodePosition, Row} from './parse-final.ts'
import type {NodeConnection} from './node-connection.ts'
import {awaitUntil, holds, notYet, type PollResult} from '../waiting/await-until.ts'

export interface FinalStateOptions extends PrimaryOptions {
  readonly run: string
}

/** How the nodes of a cluster are asked. */
export interface PrimaryOptions {
  readonly nodes: readonly string[]
  readonly open: (node: string, budgetMs: number) => Promise<NodeConnection>
  /** GET on a node's Patroni API; null when it does not answer. */
  readonly askPatroni: (node: string, path: string) => Promise<{readonly status: number; readonly body: unknown} | null>
  readonly clock: Pick<Clock, 'nowMs' | 'wait'>
}

const connectMs = 2_000
const statementMs = 15_000
/**
 * For a primary to be found, and again for the standbys to replay: convergence is the runner's business, this is only
 * the last step of it.
 */
const patienceMs = 10_000
const pollMs = 100

const positionStatement: Statement = {
  text: `SELECT pg_is_in_recovery() AS in_recovery,
    CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END::text AS lsn,
    CASE WHEN pg_is_in_recovery() THEN NULL ELSE substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) END AS timeline`,
  values: [],
}
const idsStatement = (run: string): Statement => ({
  text: `SELECT (SELECT coalesce(string_agg(op_id::text, ',' ORDER BY op_id), '') FROM hl.ledger WHERE run = $1) AS ledger,
    (SELECT coalesce(string_agg(op_id::text, ',' ORDER BY op_id), '') FROM hl.transfers WHERE run = $1) AS transfers,
    (SELECT coalesce(string_agg(op_id::text, ',' ORDER BY op_id), '') FROM hl.pinned WHERE run = $1) AS pinned,
    (SELECT sum(balance)::float8 FROM hl.accounts WHERE run = $1) AS total`,
  values: [run],
})
const contentStatement = (run: string): Statement => ({
  text:
    `SELECT count(*)::integer AS rows, md5(coalesce(string_agg(concat_ws(':', seq, op_id, session, version), ',' ` +
    `ORDER BY seq), '')) AS hash FROM hl.ledger WHERE run = $1`,
  values: [run],
})

export const unreadable: FinalState = {
  readable: false,
  primary: null,
  timeline: null,
  ledgerIds: [],
  transferIds: [],
  pinnedIds: [],
  accountsTotal: null,
  accountsTotalExpected: accountsTotal,
  perNode: [],
  switchPoints: [],
}

/** A node that answered. */
export interface Opened extends Candidate {
  readonly connection: NodeConnection
}

/** Never rejects: what cannot be read is `readable: false`, or a node that is missing from `perNode`. */
export async function readFinalState(options: FinalStateOptions): Promise<FinalState> {
  return (await onPrimary(options, (opened, primary) => readAll(options, opened, primary))) ?? unreadable
}

/**
 * `work` with the one primary and all nodes that answered, once the standbys have replayed its position or their time
 * is up. null when there was no primary, or the work failed; never rejects.
 */
export async function onPrimary<T>(
  options: PrimaryOptions,
  work: (opened: readonly Opened[], primary: Opened) => Promise<T | null>,
): Promise<T | null> {
  const opened = await untilPrimary(options)
  try {
    const primary = choosePrimary(opened)
    if (primary === null) return null
    const {clock} = options
    const target = (await positionOf(primary.connection, clock))?.lsn ?? null
    const standbys = opened.filter(node => node !== primary)
    await Promise.all(standbys.map(node => untilReplayed(node.connection, target, clock)))
    return await work(opened, primary)
  } catch {
    return null
  } finally {
    for (const {connection} of opened) connection.close()
  }
}

async function untilPrimary(options: PrimaryOptions): Promise<readonly Opened[]> {
  const {clock} = options
  let [last, isOver]: [readonly Opened[], boolean] = [[], false]
  const close = (opened: readonly Opened[]): void => opened.forEach(({connection}) => connection.close())
  const look = async (): Promise<PollResult<readonly Opened[]>> => {
    close(last)
    last = []
    const opened = await openAll(options)
    // What a poll that was cut off opens is closed by it.
    if (isOver) close(opened)
    else last = opened
    return choosePrimary(opened) === null ? notYet('no node is the primary') : holds(opened)
  }
  try {
    return await awaitUntil(look, {clock, withinMs: patienceMs, everyMs: pollMs, what: 'a primary to read from'})
  } catch {
    isOver = true
    return last
  }
}

async function openAll({nodes, open, askPatroni, clock}: PrimaryOptions): Promise<readonly Opened[]> {
  const opened = await Promise.all(
    nodes.map(async (node): Promise<Opened | null> => {
      const connection = await open(node, connectMs).catch(() => null)
      if (connection === null) return null
      const position = await positionOf(connection, clock)
      if (position === null) connection.close()
      return position === null
        ? null
        : {node, connection, position, holdsLock: (await askPatroni(node, '/primary'))?.status === 200}
    }),
  )
  return opened.filter(candidate => candidate !== null)
}

async function readAll(
  options: FinalStateOptions,
  opened: readonly Opened[],
  primary: Opened,
): Promise<FinalState | null> {
  const {run, clock, askPatroni} = options
  const ids = await ask(primary.connection, idsStatement(run), clock)
  const [ledgerIds, transferIds, pinnedIds] = [
    parseIds(ids?.['ledger']),
    parseIds(ids?.['transfers']),
    parseIds(ids?.['pinned']),
  ]
  if (ledgerIds === null || transferIds === null || pinnedIds === null) return null
  const total = ids?.['total']
  return {
    readable: true,
    primary: primary.node,
    timeline: primary.position.timeline,
    ledgerIds,
    transferIds,
    pinnedIds,
    accountsTotal: typeof total === 'number' ? total : null,
    accountsTotalExpected: accountsTotal,
    perNode: await contentsOf(opened, contentStatement(run), clock),
    switchPoints: parseHistory((await askPatroni(primary.node, '/history'))?.body),
  }
}

/** Each node's own count and hash; one that does not tell is left out. */
export async function contentsOf(
  opened: readonly Opened[],
  statement: Statement,
  clock: PrimaryOptions['clock'],
): Promise<FinalState['perNode']> {
  const contents = await Promise.all(
    opened.map(async ({node, connection}) => {
      const content = parseContent(await ask(connection, statement, clock).catch(() => null))
      return content === null ? [] : [{node, ...content}]
    }),
  )
  return contents.flat()
}

/** Gives up quietly after its time: the node's count then shows that it lags. */
async function untilReplayed(
  connection: NodeConnection,
  target: Lsn | null,
  clock: PrimaryOptions['clock'],
): Promise<void> {
  if (target === null) return
  const look = async (): Promise<PollResult<undefined>> => {
    const position = await positionOf(connection, clock)
    const hasIt = position === null || (position.lsn !== null && position.lsn >= target)
    return hasIt ? holds(undefined) : notYet('it replays')
  }
  await awaitUntil(look, {clock, withinMs: patienceMs, everyMs: pollMs, what: 'a standby to replay'}).catch(
    () => undefined,
  )
}

async function positionOf(connection: NodeConnection, clock: PrimaryOptions['clock']): Promise<NodePosition | null> {
  return parsePosition(await ask(connection, positionStatement, clock).catch(() => null))
}

/** The first row. */
export async function ask(
  connection: NodeConnection,
  statement: Statement,
  clock: PrimaryOptions['clock'],
): Promise<Row> {
  const attempt: Attempt = {deadlineAtMs: clock.nowMs() + statementMs, sent: false, over: false}
  return (await connection.read(statement, attempt)).row
}
