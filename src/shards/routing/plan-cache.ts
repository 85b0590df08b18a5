// Routes by the text of their statements: two generations, of which the older is dropped when the younger is full.
// Invariants: a hit is one look-up by the whole text (no hash stands for it); at most twice the bounds are held;
// refusals are remembered too; a new catalogue forgets everything. Not here: planning (plan-statement.ts).
import type {Render, Sql} from './render.ts'
import {rendererOf} from './render.ts'
import {planStatement} from './plan-statement.ts'
import {messageOf, ShardError} from '../shard-error.ts'
import type {StatementRoute} from './statement-route.ts'
import type {Tables} from './table-facts.ts'

export interface RouteCacheOptions {
  /** Texts of one generation. Default 4,000. */
  readonly entriesMax?: number
  /** Characters of one generation, two bytes each. Default 4 MiB. */
  readonly bytesMax?: number
  /** Longer texts are planned each time. Default 65,536 characters. */
  readonly textLengthMax?: number
}

type Entry = StatementRoute | ShardError

export class RouteCache {
  readonly #sql: Sql
  readonly #render: Render
  readonly #entriesMax: number
  readonly #bytesMax: number
  readonly #textLengthMax: number
  #tables: Tables
  #younger = new Map<string, Entry>()
  #older = new Map<string, Entry>()
  #bytes = 0

  constructor(sql: Sql, tables: Tables, options: RouteCacheOptions = {}) {
    this.#sql = sql
    this.#render = rendererOf(sql)
    this.#tables = tables
    this.#entriesMax = options.entriesMax ?? 4_000
    this.#bytesMax = options.bytesMax ?? 4 * 1_024 * 1_024
    this.#textLengthMax = options.textLengthMax ?? 65_536
  }

  /** The route of a text. Throws ShardError as planStatement does, and UNSUPPORTED for what is no SQL. */
  routeOf(text: string): StatementRoute {
    const known = this.#younger.get(text) ?? this.#promoted(text) ?? this.#planned(text)
    if (known instanceof ShardError) throw again(known)
    return known
  }

  /** From now on this is what tables are known by. */
  use(tables: Tables): void {
    this.#tables = tables
    this.#turn()
    this.#turn()
  }

  /** Texts that are held. */
  get size(): number {
    return this.#younger.size + this.#older.size
  }

  #promoted(text: string): Entry | undefined {
    const known = this.#older.get(text)
    if (known !== undefined) {
      this.#older.delete(text)
      this.#keep(text, known)
    }
    return known
  }

  #planned(text: string): Entry {
    const entry = this.#plan(text)
    if (text.length <= this.#textLengthMax) this.#keep(text, entry)
    return entry
  }

  #plan(text: string): Entry {
    try {
      return planStatement(this.#parsed(text), text, this.#tables, this.#render)
    } catch (error) {
      if (error instanceof ShardError) return error
      // The trees are walked by recursion.
      if (error instanceof RangeError)
        return new ShardError('UNSUPPORTED', 'a statement that is nested too deep: split it', {cause: error})
      throw error
    }
  }

  #parsed(text: string): unknown {
    try {
      return this.#sql.parse(text)
    } catch (error) {
      throw new ShardError('UNSUPPORTED', `a text that PostgreSQL's grammar refuses: ${messageOf(error)}`, {
        cause: error,
      })
    }
  }

  #keep(text: string, entry: Entry): void {
    const bytes = 2 * text.length
    if (this.#younger.size >= this.#entriesMax || this.#bytes + bytes > this.#bytesMax) this.#turn()
    this.#bytes += bytes
    this.#younger.set(text, entry)
  }

  #turn(): void {
    this.#older = this.#younger
    this.#younger = new Map()
    this.#bytes = 0
  }
}

/** Each call has an error of its own, with its own stack. */
function again({code, message: words, detail, cause}: ShardError): ShardError {
  return new ShardError(code, words, {detail, cause})
}
