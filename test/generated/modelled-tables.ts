// The tables of a history as its writer knows them, and the transactions that hold them. Invariants: a table that an
// open transaction touched is its own until it ends, so nobody ever waits; what is rolled back, also to a savepoint,
// leaves the tables as they were. Not here: which statements there are (table-statements.ts).
import type {Loss, TaggedStatement, Transaction} from './history.ts'

export interface ModelledTable {
  /** With its schema. */
  readonly name: string
  readonly database: string
  readonly kind: 'plain' | 'identity' | 'serial' | 'wide' | 'partitioned'
  /** Of the column n. */
  readonly type: 'int' | 'bigint' | 'numeric'
  /** The least id that no row has. */
  readonly nextId: number
  /** Of a partitioned one: numbers of those that are there, of 1,000 ids each. */
  readonly parts: readonly number[]
}

/** What happened since a savepoint, or since the transaction began. */
interface Level {
  readonly savepoint: string | null
  readonly before: Map<string, ModelledTable | null>
  statements: TaggedStatement[]
  losses: Loss[]
}

export interface OpenTransaction {
  readonly session: string
  readonly database: string
  readonly begun: number
  /** Its name and step once it is prepared. */
  prepared: {readonly gid: string; readonly step: number} | null
  readonly levels: Level[]
}

export class ModelledTables {
  readonly #tables = new Map<string, ModelledTable>()
  readonly #open: OpenTransaction[] = []
  readonly #ended: Transaction[] = []

  /** Those of a database that a transaction may use: its own, and what nobody holds. */
  usable(database: string, by: OpenTransaction | null): readonly ModelledTable[] {
    const others = new Set(this.#open.filter(one => one !== by).flatMap(heldBy))
    return [...this.#tables.values()].filter(table => table.database === database && !others.has(table.name))
  }

  openOf(session: string): OpenTransaction | null {
    return this.#open.find(one => one.session === session && one.prepared === null) ?? null
  }

  prepared(): readonly OpenTransaction[] {
    return this.#open.filter(({prepared}) => prepared !== null)
  }

  begin(session: string, database: string, step: number): OpenTransaction {
    const transaction = {session, database, begun: step, prepared: null, levels: [levelOf(null)]}
    this.#open.push(transaction)
    return transaction
  }

  /** `now`: null takes the table away. */
  change(by: OpenTransaction, name: string, now: ModelledTable | null): void {
    const level = by.levels.at(-1)
    if (level !== undefined && !level.before.has(name)) level.before.set(name, this.#tables.get(name) ?? null)
    this.#put(name, now)
  }

  note(by: OpenTransaction, statement: TaggedStatement, loss: Loss | null): void {
    const level = by.levels.at(-1)
    level?.statements.push(statement)
    if (loss !== null) level?.losses.push(loss)
  }

  savepoint(by: OpenTransaction, name: string): void {
    by.levels.push(levelOf(name))
  }

  /** The savepoint stays, and what came behind it is undone. */
  backTo(by: OpenTransaction, savepoint: string): void {
    const at = by.levels.findIndex(level => level.savepoint === savepoint)
    const gone = by.levels.splice(at)
    for (const level of gone.toReversed()) this.#restore(level)
    by.levels.at(-1)?.statements.push(...gone.flatMap(({statements}) => statements.map(undone)))
    by.levels.push(levelOf(savepoint))
  }

  release(by: OpenTransaction, savepoint: string): void {
    const at = by.levels.findIndex(level => level.savepoint === savepoint)
    const parent = by.levels[at - 1]
    if (parent === undefined) throw new Error(`no savepoint ${savepoint}`)
    for (const level of by.levels.splice(at)) {
      for (const [name, before] of level.before) if (!parent.before.has(name)) parent.before.set(name, before)
      parent.statements.push(...level.statements)
      parent.losses.push(...level.losses)
    }
  }

  end(by: OpenTransaction, step: number, outcome: 'committed' | 'rolled back'): void {
    if (outcome === 'rolled back') for (const level of by.levels.toReversed()) this.#restore(level)
    this.#open.splice(this.#open.indexOf(by), 1)
    this.#ended.push(endedAs(by, step, outcome))
  }

  /** All sessions are gone; what is prepared stays. */
  endSessions(step: number): void {
    for (const one of this.#open.filter(({prepared}) => prepared === null)) this.end(one, step, 'rolled back')
  }

  /** In the order in which they began. */
  transactions(): readonly Transaction[] {
    const open = this.#open.map(one => endedAs(one, null, 'open'))
    return [...this.#ended, ...open].toSorted((a, b) => a.begun - b.begun)
  }

  #restore({before}: Level): void {
    for (const [name, table] of before) this.#put(name, table)
  }

  #put(name: string, table: ModelledTable | null): void {
    if (table === null) this.#tables.delete(name)
    else this.#tables.set(name, table)
  }
}

function levelOf(savepoint: string | null): Level {
  return {savepoint, before: new Map(), statements: [], losses: []}
}

function heldBy({levels}: OpenTransaction): readonly string[] {
  return levels.flatMap(({before}) => [...before.keys()])
}

function undone(statement: TaggedStatement): TaggedStatement {
  return statement.fate === 'done' ? {...statement, fate: 'undone'} : statement
}

function endedAs(
  {session, database, begun, prepared, levels}: OpenTransaction,
  ended: number | null,
  outcome: Transaction['outcome'],
): Transaction {
  return {
    session,
    database,
    begun,
    prepared: prepared?.step ?? null,
    ended,
    outcome,
    statements: levels.flatMap(({statements}) => statements).toSorted((a, b) => a.step - b.step),
    losses: levels.flatMap(({losses}) => losses),
  }
}
