// One transaction over shards, as its function sees it: a client per shard, begun at first use.
// Invariants: one connection per shard; after commit() or rollback() none is held, and nothing can be sent; writes that
// are tied are committed on all of their shards or on none, whatever savepoints were gone back to. Not here: running
// the function again (shard-transactions.ts), the protocol (two-phase.ts).
import type {QueryConfig, Submittable} from 'pg'
import type {StatementResult} from '../../router/index.ts'
import {ShardError} from '../shard-error.ts'
import type {Shard} from '../shard.ts'
import {commitBranches, type CommitPorts} from './commit-branches.ts'
import {ShardBranch, type BranchSettings} from './shard-branch.ts'

/** What a transaction does on one shard; valid until it is over. */
export interface ShardClient {
  /** A cursor, a stream, COPY, in the transaction. It must have ended before the transaction is committed. */
  query<T extends Submittable>(submittable: T): T
  /** One statement in the transaction. Rejects with the server's own error, a RouterError or a ShardError. */
  query(statement: string | QueryConfig<unknown[]>, values?: readonly unknown[]): Promise<StatementResult>
}

/** How a transaction was committed. */
export interface ShardCommit {
  /** 0: nothing was written. 1: one shard wrote. 2: two-phase commit. */
  readonly phases: 0 | 1 | 2
  /** Of two phases: the transaction's name; parts of it are `<gid>:<shard>`. */
  readonly gid: string | null
  /** Shards on which it is committed, and shown a little later. */
  readonly unfinished: readonly string[]
}

export interface TransactionPorts extends CommitPorts {
  /** It is committed on these shards, the coordinator last, but for so many that finishLater() was called for. */
  committed(id: string, shards: readonly string[], unfinished: number): void
  /** null: there is no shard of that name. */
  shardOf(name: string): Shard | null
}

/**
 * A transaction over shards. There is no snapshot over shards: each has its own, taken at its first statement, and
 * another transaction's commit shows on one shard before it shows on the next. Savepoints are a shard's own.
 */
export class ShardTransaction {
  readonly #ports: TransactionPorts
  readonly #settings: BranchSettings
  readonly #branches = new Map<string, ShardBranch>()
  readonly #errors = new Set<unknown>()
  /** Shards that must have the same of the writes that were tied. */
  readonly #tied = new Set<string>()
  #ties = 0
  #isOpen = true

  /** Made by ShardTransactions. */
  constructor(ports: TransactionPorts, settings: BranchSettings) {
    this.#ports = ports
    this.#settings = settings
  }

  /** Shards in use, in the order of first use. */
  get shards(): readonly string[] {
    return [...this.#branches.keys()]
  }

  /** Is that what a statement, or a connection, failed with? */
  hasFailedWith(error: unknown): boolean {
    return this.#errors.has(error)
  }

  /**
   * The client of one shard; BEGIN is sent with its first statement. Throws ShardError CONFIG_INVALID for a shard that
   * does not exist, TRANSACTION_OPEN when the transaction is over.
   */
  onShard(name: string): ShardClient {
    this.#branchOf(name)
    const query = (statement: unknown, values?: readonly unknown[]): unknown => {
      const branch = this.#branchOf(name)
      return isSubmittable(statement)
        ? branch.submit(statement, this.#holdsOthers(branch))
        : branch.query(statement as string | QueryConfig<unknown[]>, values, this.#holdsOthers(branch))
    }
    return {query: query as ShardClient['query']}
  }

  /**
   * Takes connections of these shards, one after the other in the order of their names: transactions that do so never
   * wait for each other's in a circle. Rejects with ShardError TIMEOUT or what the router says.
   */
  async reserve(names: readonly string[]): Promise<void> {
    for (const name of [...new Set(names)].sort()) await this.#branchOf(name).open(false)
  }

  /**
   * A write that belongs to the shards `among` was made `on` these: it is committed only where all of `among` have the
   * same of such writes at the end, since a savepoint takes a write back on its own shard alone.
   */
  async tie(among: readonly string[], on: readonly string[]): Promise<void> {
    this.#ties++
    for (const name of among) this.#tied.add(name)
    const mark = String(this.#ties)
    await Promise.all(on.map(name => this.#branchOf(name).mark(mark)))
  }

  /**
   * Commits on all shards or none. Rejects with the server's error, a RouterError or a ShardError where it was not
   * applied, and with ShardError COMMIT_UNKNOWN (two phases) or CommitUnknownError (one shard wrote) where nobody can
   * say yet.
   */
  async commit(): Promise<ShardCommit> {
    this.#refuseIfOver()
    this.#isOpen = false
    try {
      const end = await commitBranches([...this.#branches.values()], this.#ports, this.#tied)
      if (end.outcome === 'committed') {
        const {phases, id, unfinished, shards} = end
        if (id !== null) this.#ports.committed(id, shards, unfinished.length)
        return {phases, gid: id, unfinished}
      }
      this.#errors.add(end.error)
      throw end.error
    } finally {
      await this.#close()
    }
  }

  /** Rolls back on all shards. Never rejects; a second call, and one after commit(), does nothing. */
  async rollback(): Promise<void> {
    this.#isOpen = false
    await Promise.all([...this.#branches.values()].map(branch => branch.rollBack()))
    await this.#close()
  }

  #holdsOthers(branch: ShardBranch): boolean {
    return [...this.#branches.values()].some(other => other !== branch && other.isOpened)
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#branches.values()].map(branch => branch.close()))
  }

  #branchOf(name: string): ShardBranch {
    this.#refuseIfOver()
    const known = this.#branches.get(name)
    if (known !== undefined) return known
    const shard = this.#ports.shardOf(name)
    if (shard === null)
      throw new ShardError('CONFIG_INVALID', `there is no shard ${name}: name one of those that were given`, {
        shard: name,
      })
    const branch = new ShardBranch(shard, this.#settings, this.#errors)
    this.#branches.set(name, branch)
    return branch
  }

  #refuseIfOver(): void {
    if (!this.#isOpen)
      throw new ShardError('TRANSACTION_OPEN', 'the transaction is over: nothing can be sent in it any more')
  }
}

function isSubmittable(statement: unknown): statement is Submittable {
  return typeof (statement as Submittable | null | undefined)?.submit === 'function'
}
