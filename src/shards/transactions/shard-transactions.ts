// Transactions over the shards of one map: what they have in common in this process, and running a function again.
// Invariants: a number is used once; the function is called again only when nothing of its last run was applied; end()
// leaves nothing of this process under way. Not here: one transaction (shard-transaction.ts).
import {randomUUID} from 'node:crypto'
import type {Isolation} from '../../router/index.ts'
import {ShardError} from '../shard-error.ts'
import type {Shard} from '../shard.ts'
import type {AtStep} from './crash-points.ts'
import {decideRerun} from './decide-rerun.ts'
import {Finisher, type FinishTrouble} from './finisher.ts'
import {participantGid, transactionId} from './gid.ts'
import {backoffMs, nowMs, pause} from '../time/pause.ts'
import {recordsOf} from './shard-records.ts'
import {ShardTransaction, type ShardCommit} from './shard-transaction.ts'

/** What transactions over shards have in common. */
export interface ShardTransactionsOptions {
  /** All shards of the map, as they are now. */
  readonly shards: () => readonly Shard[]
  /** Of the map: prepared transactions are named after it. */
  readonly mapId: string
  /**
   * How long a statement waits for a lock, before the transaction fails with 55P03 and is run again: that is how
   * transactions end that wait for each other over shards. null: the connections have a lock_timeout of their own,
   * which saves a round trip per shard. Default 10,000.
   */
  readonly lockTimeoutMs?: number | null
  /** How long a connection may be waited for while others are held. Default 1,000. */
  readonly acquireMs?: number
  /** How long a shard may take for one step of the end. Default 15,000. */
  readonly answerMs?: number
  /** How long the outcome of a COMMIT without an answer is looked for. Default 10,000. */
  readonly settleMs?: number
  /** How often a function is run. Default 10. */
  readonly runsMax?: number
  /** How long after its first failure it may be run again. Default 30,000. */
  readonly rerunMs?: number
  /** Waited for before a transaction takes a connection: rejects for a shard that must not serve. Default: all may. */
  readonly admit?: (shard: string) => Promise<void>
  /** Told when something decided could not be finished yet. */
  readonly onTrouble?: (trouble: FinishTrouble) => void
  /** For tests that stop the process at a step. */
  readonly atStep?: AtStep
}

/** How one transaction is run. */
export interface ShardTransactionOptions {
  /** May the function be called again when the transaction surely was not applied? Default true. */
  readonly rerun?: boolean
  /** BEGIN READ ONLY on each shard, maybe on a standby. Default false. */
  readonly readOnly?: boolean
  /** On each shard; default the servers' own. */
  readonly isolation?: Isolation
  /** Shards whose connections are taken first, all before the function is called. */
  readonly shards?: readonly string[]
  /** For the function; what COMMIT does to it is bounded by answerMs. */
  readonly deadlineMs?: number
  /** Ends it when its caller is gone; everything is rolled back. */
  readonly signal?: AbortSignal
}

/** What run() resolves to. */
export interface ShardTransactionResult<T> extends ShardCommit {
  /** What the function returned. */
  readonly value: T
  /** How often the function was run. */
  readonly runs: number
}

/** Transactions over the shards of one map, run and finished by this process. */
export class ShardTransactions {
  readonly #options: ShardTransactionsOptions
  readonly #finisher: Finisher
  #series = randomUUID()
  #number = 0
  #isEnded = false

  /** Asks nobody. Throws ShardError CONFIG_INVALID for names that are too long for PostgreSQL. */
  constructor(options: ShardTransactionsOptions) {
    this.#options = options
    const {onTrouble, atStep} = options
    this.#finisher = new Finisher({
      records: name => {
        const shard = this.#shardOf(name)
        return shard === null ? null : recordsOf(shard, recordsMs)
      },
      trouble: trouble => onTrouble?.(trouble),
      compacted: () => atStep?.('compacted'),
    })
    for (const {name: coordinator} of options.shards())
      for (const {name: participant} of options.shards())
        participantGid(this.#idOf(coordinator, numbersMax, 9_999), participant)
  }

  /** Transactions that are decided and not finished on all shards, or of which nobody knows yet. */
  get pending(): number {
    return this.#finisher.pending
  }

  /** A transaction that its caller commits or rolls back. Throws ShardError ENDED. */
  begin({isolation, readOnly = false}: ShardTransactionOptions = {}): ShardTransaction {
    if (this.#isEnded) throw new ShardError('ENDED', 'end() was called: make new ShardTransactions')
    const {atStep = () => undefined, lockTimeoutMs = 10_000, acquireMs = 1_000, answerMs = 15_000} = this.#options
    const level = isolation === undefined ? '' : ` ISOLATION LEVEL ${isolation.toUpperCase()}`
    const coordinators = new Map<string, string>()
    const ports = {
      atStep,
      shardOf: (name: string) => this.#shardOf(name),
      newId: (coordinator: string, participants: number) => {
        const id = this.#newId(coordinator, participants)
        coordinators.set(id, coordinator)
        return id
      },
      settle: (id: string) => this.#finisher.settle(coordinators.get(id) ?? '', id, this.#options.settleMs ?? 10_000),
      finishLater: this.#finisher.finishLater.bind(this.#finisher),
      settleLater: (id: string, parts: readonly {readonly shard: string; readonly gid: string}[]) =>
        this.#finisher.settleLater(coordinators.get(id) ?? '', id, parts),
      committed: (id: string, shards: readonly string[], unfinished: number) =>
        this.#finisher.committed(id, shards, unfinished),
    }
    return new ShardTransaction(ports, {
      admit: this.#options.admit ?? (() => Promise.resolve()),
      begin: `BEGIN${level}${readOnly ? ' READ ONLY' : ''}`,
      readOnly,
      lockTimeoutMs,
      acquireMs,
      answerMs,
    })
  }

  /**
   * Begins, `work`, commits on all shards or on none. Errors that `work` throws by itself pass through unchanged after
   * everything was rolled back. `work` is called again when nothing was applied and the reason may pass (a failover, a
   * serialization failure, a deadlock, a wait for locks over shards), so it must do nothing but queries, or be given
   * `rerun: false`; another run takes the connections of all shards of the last one first. Rejects as
   * ShardTransaction.commit() does, with ShardError TIMEOUT or ABORTED when the time is over, ENDED after end().
   */
  async run<T>(
    work: (transaction: ShardTransaction) => Promise<T>,
    options: ShardTransactionOptions = {},
  ): Promise<ShardTransactionResult<T>> {
    const {rerun = true, deadlineMs, signal} = options
    const {runsMax = 10, rerunMs = 30_000} = this.#options
    const startedMs = nowMs()
    const over = deadlineMs === undefined ? undefined : AbortSignal.timeout(Math.ceil(deadlineMs))
    const ends = [over, signal].filter(found => found !== undefined)
    const end = ends.length === 0 ? null : AbortSignal.any(ends)
    let reserved = options.shards ?? []
    let failedMs: number | null = null
    for (let runs = 1; ; runs++) {
      const transaction = this.begin(options)
      try {
        const value = await raced(runOnce(transaction, reserved, work), end)
        return {value, ...(await transaction.commit()), runs}
      } catch (error) {
        await transaction.rollback()
        if (error === timeIsOver) throw timeError(over?.aborted === true, nowMs() - startedMs)
        const isOfStatement = transaction.hasFailedWith(error)
        failedMs ??= nowMs()
        const failed = {error, isOfStatement, shards: transaction.shards.length, runs, sinceFirstMs: nowMs() - failedMs}
        if (this.#isEnded || !decideRerun(failed, {rerun, runsMax, rerunMs})) throw error
        reserved = [...reserved, ...transaction.shards]
        await pause(backoffMs(runs, 500), end ?? undefined)
      }
    }
  }

  /**
   * Takes no more transactions, and goes on finishing for at most so many ms, default 5,000: what is left then is
   * resolveInDoubt()'s, also that of another process. The shards' routers must still be there. Rejects never.
   */
  async end(ms = 5_000): Promise<void> {
    this.#isEnded = true
    await this.#finisher.end(ms)
  }

  #shardOf(name: string): Shard | null {
    return this.#options.shards().find(shard => shard.name === name) ?? null
  }

  /** A series is short enough for what it leaves in hl_shards.decided to be a small row. */
  #newId(coordinator: string, participants: number): string {
    if (this.#number >= numbersMax) {
      this.#series = randomUUID()
      this.#number = 0
    }
    return this.#idOf(coordinator, ++this.#number, participants)
  }

  #idOf(coordinator: string, number: number, participants: number): string {
    return transactionId({map: this.#options.mapId, coordinator, series: this.#series, number, participants})
  }
}

const numbersMax = 65_536
/** Of each question to a shard, in the background. */
const recordsMs = 5_000

const timeIsOver = new Error('the time is over')

async function runOnce<T>(
  transaction: ShardTransaction,
  reserved: readonly string[],
  work: (transaction: ShardTransaction) => Promise<T>,
): Promise<T> {
  await transaction.reserve(reserved)
  return work(transaction)
}

/** Rejects with timeIsOver on abort; `work` is left alone then, its rejection handled. */
async function raced<T>(work: Promise<T>, end: AbortSignal | null): Promise<T> {
  if (end === null) return work
  const ended = pause(Infinity, end).then(() => {
    throw timeIsOver
  })
  ended.catch(() => undefined)
  work.catch(() => undefined)
  return Promise.race([work, ended])
}

function timeError(byDeadline: boolean, elapsedMs: number): ShardError {
  const after = `after ${Math.round(elapsedMs)} ms; everything was rolled back`
  return byDeadline
    ? new ShardError('TIMEOUT', `the deadline passed ${after}: allow a longer one`)
    : new ShardError('ABORTED', `aborted by the caller ${after}`)
}
