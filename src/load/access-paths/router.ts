// The access path through src/router, as an application uses it: writes and transactions are tried again only where the
// router holds that to be safe.
// Invariant: a write without a proof is never sent again once it may have been applied, a transaction without one is
// never run twice; how far a failed request came is the router's own word. Not here: what the router decides.
import {classifyError, committedLocallyOnly, Router, RouterError, sqlStateOf} from '../../router/index.ts'
import type {Notice, Proof, ReadOptions, Route, RouterOptions, Row, TransactionClient} from '../../router/index.ts'
import {AccessPathError} from './access-path.ts'
import type {Attempt, AccessPath, Reply, Statement} from './access-path.ts'

/**
 * How stale a standby's answer is, is what the load measures: so whatever a standby shows will do, and nothing is asked
 * of it first.
 */
const anyStandby = {from: 'prefer-standby', consistency: 'eventual'} as const

/**
 * Per node. Enough for the default rates; more would leave too many backends behind when commits hang until their
 * deadline.
 */
const poolMax = 12

export interface RouterPathOptions {
  /** Whose cluster, and as whom (lab-router-options.ts). */
  readonly options: RouterOptions
  /** As many as the load has under way at most: what a patient client gets must not hang on a default of the router. */
  readonly queueMax: number
  readonly nowMs: () => number
  /** The router accepted another primary, or lost the one it had. */
  readonly onPrimary: (node: string | null) => void
}

export interface RouterPath extends AccessPath {
  /** The primary that the router uses now. */
  primary(): string | null
}

export function openRouterPath({options: lab, queueMax, nowMs, onPrimary}: RouterPathOptions): RouterPath {
  const router = new Router({...lab, max: poolMax, queueMax})
  router.events.on('primary', ({node}) => onPrimary(node))
  router.events.on('primary-lost', () => onPrimary(null))

  /**
   * The router does not say when bytes leave, so an attempt counts as sent from here on; its own answer by the deadline
   * is more exact.
   */
  const within = (attempt: Attempt): {readonly deadlineMs: number} => {
    attempt.sent = true
    return {deadlineMs: Math.max(1, attempt.deadlineAtMs - nowMs())}
  }
  return {
    write: ({text, values}, attempt, proof) =>
      asReply(async () => {
        const {rows, route, notices} = await router.write(text, values, {...within(attempt), ...provenBy(proof)})
        return replyOf(rows[0], route, notices)
      }),
    readPrimary: ({text, values}, attempt) =>
      asReply(async () => {
        const {rows, route, notices} = await router.read(text, values, {...within(attempt), from: 'primary'})
        return replyOf(rows[0], route, notices)
      }),
    readStandby: ({text, values}, attempt) =>
      asReply(async () => {
        const {rows, route, notices} = await router.read(text, values, {...within(attempt), ...anyStandby})
        return replyOf(rows[0], route, notices)
      }),
    transaction: (statements, attempt, proof) =>
      asReply(async () => {
        const run = async (client: TransactionClient): Promise<Row | null> => {
          let last: Row | undefined
          for (const {text, values} of statements) last = (await client.query(text, values)).rows[0]
          return last ?? null
        }
        // The statements are all there is to a transaction here: with a proof it may run again whenever it surely was
        // not applied.
        const options = within(attempt)
        const {value, route, notices} = await (proof === undefined
          ? router.transaction(run, {...options, rerun: false})
          : router.transaction(run, {...options, proof, rerun: true}))
        return replyOf(value, route, notices)
      }),
    async warm(attempt) {
      const options = within(attempt)
      // Pools grow by use: as many at once as they hold.
      const reads = (way: Pick<ReadOptions, 'from' | 'consistency'>) =>
        Array.from({length: poolMax}, () => router.read('SELECT 1', [], {...options, ...way}))
      const writes = Array.from({length: poolMax}, () =>
        router.transaction(client => client.query('SELECT 1'), options),
      )
      await asReply(() => Promise.all([...writes, ...reads({from: 'primary'}), ...reads(anyStandby)]))
    },
    close: () => router.end(),
    primary: () => router.topology().primary?.node ?? null,
  }
}

function provenBy(proof: Statement | undefined): {readonly proof?: Proof} {
  return proof === undefined ? {} : {proof}
}

/**
 * After a settlement there is no row: the node is then the one that showed and confirmed the write, not the one that
 * went away under it.
 */
function replyOf(row: Row | null | undefined, route: Route, notices: readonly Notice[]): Reply {
  return {row: row ?? null, node: route.node, timeline: route.timeline, localOnly: committedLocallyOnly(notices)}
}

async function asReply<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof RouterError)
      throw new AccessPathError(error.outcome, error.sqlState ?? error.code, error.message, error)
    const state = sqlStateOf(error)
    if (state !== null && error instanceof Error)
      throw new AccessPathError(classifyError(error, 'autocommit'), state, error.message, error)
    throw error
  }
}
