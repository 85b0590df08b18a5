// The rows of several shards as one stream, in memory that does not grow with their number: legs are merged in their
// order, or their partial rows combined by a server; then DISTINCT, OFFSET, LIMIT, and the form that the caller wants.
// Invariants: columns go by position; a row is given only when its place is certain; whichever way a reading ends
// (the last row, an error, a signal, a reader that leaves), nothing of it is left when it has ended. Not here: what is
// sent to which shard (routing/), one leg (leg.ts).
import type {FieldDef} from 'pg'
import type {Combine, GatherPlan} from '../routing/gather-plan.ts'
import {combine, type Combined} from './combining.ts'
import {rowComparator, type CompareRows, type RawRow} from './compare-rows.ts'
import {FinalSort} from './final-sort.ts'
import {gatherSettings, type GatherLeg, type GatherOptions, type GatherSettings} from './gather-options.ts'
import {GroupBatches} from './group-batches.ts'
import {Legs} from './legs.ts'
import {Merge} from './merge-legs.ts'
import {RowWindow} from './row-window.ts'
import {shapeOf, type Shape} from './shape-rows.ts'
import {ShardError} from '../shard-error.ts'

/** The rows of all shards; read once, by `for await`. Nothing is sent before the first row is asked for. */
export interface Gathering<T = Record<string, unknown>> extends AsyncIterable<T> {
  /** Of the rows, without hidden columns; known before the first row is given. Rejects when reading fails before. */
  readonly fields: Promise<readonly FieldDef[]>
  /** With `partial`: shards whose rows are not in the answer. Complete when reading has ended. */
  readonly missingShards: readonly string[]
}

/**
 * Reads all legs as one. Throws ShardError CONFIG_INVALID or LIMIT_EXCEEDED at once; reading rejects with ShardError
 * SHARD_FAILED (a shard cannot be reached, broke, or differs from the others), TIMEOUT, ABORTED, LIMIT_EXCEEDED, or
 * with the server's own error where it refused the statement, which then has the name of its `shard`.
 *
 * A reader that pauses stops the servers. After an early end the statements are cancelled on their servers; a server
 * that does not obey within two seconds loses the connection.
 */
export function gather(
  legs: readonly GatherLeg[],
  plan: GatherPlan,
  options: GatherOptions & {readonly rowMode: 'array'},
): Gathering<unknown[]>
export function gather(legs: readonly GatherLeg[], plan: GatherPlan, options?: GatherOptions): Gathering
export function gather(
  legs: readonly GatherLeg[],
  plan: GatherPlan,
  options: GatherOptions = {},
): Gathering<unknown[]> | Gathering {
  return new Reading(legs, plan, options) as Gathering
}

class Reading implements Gathering<unknown> {
  readonly #given: readonly GatherLeg[]
  readonly #plan: GatherPlan
  readonly #options: GatherOptions
  readonly #settings: GatherSettings
  readonly #fields = Promise.withResolvers<readonly FieldDef[]>()
  #legs: Legs | null = null
  /** null: it is not known yet what a row is. */
  #shape: Shape | null = null
  #isRead = false
  #isOver = false

  constructor(legs: readonly GatherLeg[], plan: GatherPlan, options: GatherOptions) {
    this.#given = legs
    this.#plan = plan
    this.#options = options
    this.#settings = gatherSettings(legs, options)
    this.#fields.promise.catch(() => undefined)
  }

  get fields(): Promise<readonly FieldDef[]> {
    return this.#fields.promise
  }

  get missingShards(): readonly string[] {
    return this.#legs?.missingShards ?? []
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown, undefined> {
    if (this.#isRead) throw new TypeError('a gathering is read once: gather again')
    this.#isRead = true
    const rows = this.#rows()
    return {
      next: () => rows.next(),
      return: async () => {
        this.#isOver = true
        await this.#legs?.stop()
        return rows.return(undefined)
      },
    }
  }

  async *#rows(): AsyncGenerator<unknown, undefined> {
    const {combine, limit, offset} = this.#plan
    const legs = new Legs(this.#given, this.#settings, combine !== null)
    this.#legs = legs
    // Of all legs the rows are sorted, and so that equal ones are neighbours; what a server combined is in the order of
    // its groups, unless another one is wanted.
    const isSortedHere = combine !== null && this.#order() !== null
    const window = new RowWindow({same: isSortedHere ? null : this.#same(), offset, limit})
    try {
      await legs.start()
      if (combine === null && !legs.isStopped) this.#shaped(legs.taking[0]?.fields ?? [])
      const chunks = combine === null ? this.#merged(legs, this.#order()) : this.#combined(legs, combine)
      for await (const chunk of isSortedHere ? this.#sorted(legs, chunks) : chunks) {
        for (const raw of window.pass(chunk)) {
          if (this.#hasEnded(legs)) return undefined
          yield this.#shape?.row(raw)
        }
        if (window.isClosed) return undefined
      }
      this.#hasEnded(legs)
    } catch (error) {
      // What fails because its reader has left is no failure.
      if (!legs.isStopped) throw this.#failed(legs, error)
    } finally {
      this.#isOver = true
      this.#fields.reject(new ShardError('ABORTED', 'the reader left before it was known what a row is'))
      await legs.end()
    }
    return undefined
  }

  /** The first failure is the one that is told. */
  #failed(legs: Legs, error: unknown): Error {
    const failure = legs.fail(error instanceof Error ? error : new Error(String(error)))
    this.#fields.reject(failure)
    return failure
  }

  #shaped(fields: readonly FieldDef[]): void {
    const {types, rowMode} = this.#options
    this.#shape = shapeOf(fields, this.#plan.hidden, types, rowMode)
    this.#fields.resolve(this.#shape.fields)
  }

  /** Throws what has ended it; true when its reader has. */
  #hasEnded(legs: Legs): boolean {
    if (this.#isOver || legs.isStopped) return true
    legs.check()
    return false
  }

  /** null: none is wanted. */
  #order(): CompareRows | null {
    const {sort, distinct, distinctKeys} = this.#plan
    const keys = distinct ? [...sort, ...distinctKeys] : sort
    return keys.length === 0 ? null : rowComparator(keys)
  }

  #same(): CompareRows | null {
    return this.#plan.distinct ? rowComparator(this.#plan.distinctKeys) : null
  }

  /** As many rows at a time as can be told without waiting. */
  async *#merged(legs: Legs, order: CompareRows | null): AsyncGenerator<readonly RawRow[], undefined> {
    const merge = new Merge(legs.taking, order)
    legs.onDropped = leg => merge.drop(leg)
    while (!this.#hasEnded(legs)) {
      const rows = merge.take(this.#settings.batchRows)
      if (rows.length > 0) yield rows
      else if (merge.isOver) return undefined
      else await legs.moved()
    }
    return undefined
  }

  async *#combined(legs: Legs, by: Combine): AsyncGenerator<readonly RawRow[], undefined> {
    const {groupKeys} = by
    const batches = new GroupBatches(groupKeys, this.#settings)
    const order = groupKeys.length === 0 ? null : rowComparator(groupKeys)
    for await (const rows of this.#merged(legs, order))
      for (const batch of batches.add(rows)) yield (await this.#combine(batch, by, legs)).rows
    if (this.#hasEnded(legs)) return undefined
    const rest = batches.rest()
    // Without any group there is still a description, and one row where all rows are one group.
    if (rest.length > 0 || this.#shape === null) yield (await this.#combine(rest, by, legs)).rows
    await legs.giveBack()
    return undefined
  }

  async #combine(rows: readonly RawRow[], by: Combine, legs: Legs): Promise<Combined> {
    for (;;) {
      const {taking} = legs
      try {
        const combined = await combine(rows, by, taking)
        if (this.#shape === null) this.#shaped(combined.fields)
        return combined
      } catch (error) {
        legs.check()
        // It was the leg's shard that failed, of which no row is needed.
        if (taking === legs.taking) throw error
      }
    }
  }

  async *#sorted(legs: Legs, chunks: AsyncIterable<readonly RawRow[]>): AsyncGenerator<readonly RawRow[], undefined> {
    const {limit, offset} = this.#plan
    const compare = this.#order()
    if (compare === null) throw new Error('there is no order')
    const sort = new FinalSort(
      {compare, same: this.#same(), most: limit === null ? null : limit + offset},
      this.#settings,
    )
    for await (const rows of chunks) sort.add(rows)
    if (!this.#hasEnded(legs)) yield sort.rows()
    return undefined
  }
}
