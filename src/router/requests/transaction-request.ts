// BEGIN, the caller's function, COMMIT as a request, run again where that is safe. Invariant: errors of the caller's
// own function leave as they are, after ROLLBACK; with an idempotency key the function's writes and the key are one
// transaction, so the key's presence is theirs. Not here: choosing nodes.
import type {Connection} from '../connections/connection.ts'
import {submittablesEnded} from '../connections/submittables.ts'
import type {Notice} from '../connections/sync-wait.ts'
import {claimKey, type CommitTokens} from '../failures/commit-token.ts'
import {confirmDurable} from '../failures/settle.ts'
import {RouterError, routerError} from '../failures/router-error.ts'
import type {StatementPlan} from '../statements/statement-plan.ts'
import type {Consistency} from '../freshness/decide-freshness.ts'
import type {Session} from '../freshness/session.ts'
import type {Deadline} from '../time/deadline.ts'
import type {Proof} from './proof.ts'
import {AttemptFailure, inPhase, type Place, type Request, type Route} from './request.ts'
import {WorkClient, type ReadArguments, type TransactionClient} from './transaction-client.ts'

/** PostgreSQL's isolation levels, without the one that it treats as read committed. */
export type Isolation = 'read committed' | 'repeatable read' | 'serializable'

/** What transaction() resolves to. */
export interface TransactionResult<T> {
  /** What the function returned; null when the transaction turned out to be applied already (`route.settled`). */
  readonly value: T
  /** Where it was served, and what that took. */
  readonly route: Route
  /** Notices that came with it (see committedLocallyOnly). */
  readonly notices: readonly Notice[]
}

export interface TransactionWork<T> {
  readonly work: (client: TransactionClient) => Promise<T>
  /** The arguments of its client's query(). */
  readonly read: ReadArguments
  readonly rerun: boolean
  readonly readOnly: boolean
  readonly isolation: Isolation | null
  readonly key: string | null
  readonly tokens: CommitTokens
  readonly proof: Proof | null
  readonly session: Session | null
  readonly consistency: Consistency
  readonly deadline: Deadline
  readonly planOf: (text: string) => StatementPlan
}

/** Filled in as the request goes on: where it was served is known last. */
export interface Outcome<T> {
  readonly value: T | null
  route: Route
  notices: readonly Notice[]
}

/** What came of the last run so far. */
interface LastRun {
  /** It sent something that may write. */
  mayHaveWritten: boolean
  /** The key was free: no earlier run was applied. */
  hasClaimed: boolean
}

const noRoute: Route = {
  node: '',
  role: 'primary',
  timeline: null,
  waitedMs: 0,
  attempts: 0,
  settled: null,
  reason: '',
  token: null,
}
const foundRoute: Route = {...noRoute, settled: 'found'}

function foundOutcome<T>(): Outcome<T> {
  return {value: null, route: foundRoute, notices: []}
}

export function transactionRequest<T>(given: TransactionWork<T>, mayStandby = true): Request<Outcome<T>> {
  const {readOnly, isolation, key, proof, session, consistency} = given
  // SERIALIZABLE is not to be had on a hot standby ("Hot Standby", "Caveats").
  const last: LastRun = {mayHaveWritten: false, hasClaimed: false}
  const onStandby = mayStandby && readOnly && isolation !== 'serializable'
  return {
    kind: 'transaction',
    from: onStandby ? 'prefer-standby' : 'primary',
    reason: readOnly ? 'transaction(), READ ONLY' : 'transaction()',
    consistency,
    session,
    readOnly,
    writes: !readOnly,
    wroteNothing: () => !last.mayHaveWritten,
    commits: 'if-it-succeeds',
    claim: key === null ? null : {isMade: () => last.hasClaimed},
    settlement: proof === null ? null : {proof, found: foundOutcome},
    // Inside of a transaction nothing commits by itself.
    mayCommitInside: () => false,
    refusedByStandby: () => (onStandby ? transactionRequest(given, false) : null),
    run: place => runTransaction(given, place, last),
    deliver: (outcome, route, {connection}) => {
      outcome.route = outcome.route === foundRoute ? {...route, settled: 'found'} : route
      outcome.notices = connection.takeNotices()
    },
  }
}

async function runTransaction<T>(given: TransactionWork<T>, place: Place, last: LastRun): Promise<Outcome<T>> {
  const {connection} = place
  last.mayHaveWritten = given.key !== null
  last.hasClaimed = false
  await inPhase('in-transaction', true, connection.ask(beginText(given)))
  if (given.key !== null && !(await inPhase('in-transaction', true, claimKey(connection, given.tokens, given.key))))
    return foundBefore(connection)
  last.hasClaimed = true
  const value = await runWork(place, given, last)
  if (!connection.inTransaction) {
    throw routerError(
      'TRANSACTION_OPEN',
      'the function ended the transaction by itself, so whether it was applied is not known',
      {outcome: 'unknown', node: connection.node},
    )
  }
  // READ ONLY: there is nothing that could have been applied.
  const phase = given.readOnly ? 'in-transaction' : 'commit-sent'
  const {command} = await inPhase(phase, given.rerun, connection.ask('COMMIT'))
  if (command === 'COMMIT') return {value, route: noRoute, notices: []}
  throw new RouterError(
    'TRANSACTION_ABORTED',
    `COMMIT was answered with ${command}: a statement had failed and its error was swallowed`,
    {outcome: 'not-applied', node: connection.node},
  )
}

/** The key is there, so an earlier try, or another caller with the same key, committed. */
async function foundBefore<T>(connection: Connection): Promise<Outcome<T>> {
  await inPhase('in-transaction', true, connection.ask('ROLLBACK'))
  await inPhase('in-transaction', true, confirmDurable(connection))
  return foundOutcome()
}

function beginText({isolation, readOnly}: TransactionWork<unknown>): string {
  return `BEGIN${isolation === null ? '' : ` ISOLATION LEVEL ${isolation.toUpperCase()}`}${readOnly ? ' READ ONLY' : ''}`
}

async function runWork<T>(place: Place, given: TransactionWork<T>, last: LastRun): Promise<T> {
  const {connection} = place
  const {work, rerun, deadline} = given
  const ours = new WorkClient(place, given, () => (last.mayHaveWritten = true))
  try {
    const value = await deadline.race(Promise.resolve(ours.client).then(work))
    ours.close()
    if (!(await submittablesEnded(connection.client))) {
      connection.destroyAsOurFault()
      throw leftOpen(connection)
    }
    return value
  } catch (error) {
    ours.close()
    await rollBack(connection)
    if (ours.hasFailedWith(error) || deadline.over !== null) throw new AttemptFailure('in-transaction', rerun, error)
    throw error
  }
}

function leftOpen({node}: Connection): RouterError {
  return new RouterError('TRANSACTION_OPEN', 'the function returned before its cursor, stream or COPY had ended', {
    outcome: 'not-applied',
    node,
    hint: 'close the cursor, or read the stream to its end, in the function',
  })
}

/** Ends the transaction on the server; a connection on which that fails is destroyed, which has the same effect. */
async function rollBack(connection: Connection): Promise<void> {
  try {
    if (connection.broken) return
    if (await submittablesEnded(connection.client)) await connection.ask('ROLLBACK')
    else connection.destroyAsOurFault()
  } catch {
    connection.destroy()
  }
}
