// PURE: draws a history from a seed. Invariants: the same seed gives the same history; a shorter one is the beginning
// of a longer one, so that a failure can be cut down; no step waits for another. Not here: the SQL of a table
// (table-statements.ts), what became of transactions (modelled-tables.ts).
import {chanceOf, type Chance} from './chance.ts'
import type {History, Step} from './history.ts'
import {ModelledTables, type ModelledTable, type OpenTransaction} from './modelled-tables.ts'
import {createTable, drawStatement, statementOf, type TableStatement} from './table-statements.ts'

export interface HistoryWish {
  /** How many steps it has at most, those at its beginning included. */
  readonly steps: number
  /** How likely the rarer ones are. */
  readonly backups: number
  readonly switchovers: number
  readonly crashes: number
}

/** Where the sessions are; the last database comes and goes. */
export const databases = ['hl', 'gen_two'] as const
export const passingDatabase = 'gen_passing'
const sessions = ['a', 'b', 'c'] as const
const subtransactions = 70

export const schemaOf = (seed: number): string => `h${seed}`

export function writeHistory(seed: number, wish: HistoryWish): History {
  const writer = new HistoryWriter(seed, wish)
  return writer.write()
}

class HistoryWriter {
  readonly #seed: number
  readonly #wish: HistoryWish
  readonly #chance: Chance
  readonly #tables = new ModelledTables()
  readonly #steps: Step[] = []
  #made = 0
  #passing = false
  #switched = false

  constructor(seed: number, wish: HistoryWish) {
    this.#seed = seed
    this.#wish = wish
    this.#chance = chanceOf(seed)
  }

  write(): History {
    for (const database of databases) this.#begin(database)
    while (this.#steps.length < this.#wish.steps) this.#step()
    return {seed: this.#seed, steps: this.#steps.slice(0, this.#wish.steps), transactions: this.#tables.transactions()}
  }

  /** A schema of its own with some tables, each with rows. */
  #begin(database: string): void {
    const session = sessions.find(one => databaseOf(one) === database) ?? 'a'
    const schema = schemaOf(this.#seed)
    this.#own(session, transaction => {
      const sql = [
        `create schema ${schema}`,
        `create sequence ${schema}.q`,
        `create unlogged table ${schema}.u as select 1 as id`,
      ]
      for (let count = 0; count < 3; count += 1) {
        const made = this.#created(transaction)
        const filled = statementOf(this.#chance, made.now, 'insert', this.#tag(), true)
        this.#apply(transaction, filled)
        sql.push(...made.sql, ...filled.sql)
      }
      return sql
    })
  }

  #step(): void {
    const {backups, switchovers, crashes} = this.#wish
    const idle = sessions.filter(session => this.#tables.openOf(session) === null)
    const open = sessions.filter(session => this.#tables.openOf(session) !== null)
    const act = this.#chance.weighted<() => void>([
      [idle.length * 2, () => this.#idle(this.#chance.of(idle))],
      [open.length * 3, () => this.#within(this.#chance.of(open))],
      [this.#tables.prepared().length * 0.8, () => this.#finish()],
      [backups, () => this.#backup()],
      [this.#switched ? 0 : switchovers, () => this.#change('switchover')],
      [this.#switched ? 0 : crashes, () => this.#change('crash')],
      [0.2, () => this.#push({kind: 'checkpoint'})],
      [0.3, () => this.#push({kind: 'switch-wal'})],
    ])
    act?.()
  }

  #idle(session: string): void {
    const database = databaseOf(session)
    const act = this.#chance.weighted<() => void>([
      [4, () => this.#alone(session)],
      [2, () => this.#several(session)],
      [1, () => this.#own(session, transaction => this.#created(transaction).sql)],
      [2.5, () => this.#open(session)],
      [0.7, () => this.#failing(session)],
      [
        0.5,
        () =>
          this.#own(
            session,
            () => [
              `select nextval('${schemaOf(this.#seed)}.q') from generate_series(1, ${1 + this.#chance.below(50)})`,
            ],
            false,
          ),
      ],
      [0.4, () => this.#own(session, () => [`select lo_from_bytea(0, decode(md5('${this.#tag()}'), 'hex'))`])],
      [0.3, () => this.#own(session, () => [`create role ${schemaOf(this.#seed)}_r${this.#steps.length}`])],
      [0.4, () => this.#passingDatabase(session)],
      [
        0.1,
        () =>
          this.#push({kind: 'sql', session, database, sql: ['create temp table if not exists seen as select 1 as id']}),
      ],
    ])
    act?.()
  }

  /** A statement by itself, which is a transaction of its own. */
  #alone(session: string): void {
    const table = this.#anyOf(session, null)
    if (table === null) return
    const transaction = this.#tables.begin(session, databaseOf(session), this.#steps.length)
    const statement = drawStatement(this.#chance, table, this.#tag(), false)
    this.#apply(transaction, statement)
    this.#tables.end(transaction, this.#sql(session, statement.sql), 'committed')
  }

  /** A transaction that begins and ends in one step. */
  #several(session: string): void {
    this.#own(session, transaction => {
      const count = 1 + this.#chance.below(3)
      return Array.from({length: count}).flatMap(() => this.#drawn(session, transaction))
    })
  }

  /** The statements of a transaction of its own; `inBlock`: with BEGIN and COMMIT, and its number. */
  #own(session: string, sqlOf: (transaction: OpenTransaction) => readonly string[], inBlock = true): void {
    const transaction = this.#tables.begin(session, databaseOf(session), this.#steps.length)
    const sql = sqlOf(transaction)
    this.#tables.end(transaction, this.#sql(session, inBlock ? ['begin', ...sql, ownXid, 'commit'] : sql), 'committed')
  }

  #open(session: string): void {
    const transaction = this.#tables.begin(session, databaseOf(session), this.#steps.length)
    this.#sql(session, ['begin', ...this.#drawn(session, transaction)])
  }

  #within(session: string): void {
    const transaction = this.#tables.openOf(session)
    if (transaction === null) return
    const savepoint = transaction.levels.at(-1)?.savepoint ?? null
    const end = (word: 'commit' | 'rollback'): void => {
      const step = this.#sql(session, [ownXid, word])
      this.#tables.end(transaction, step, word === 'commit' ? 'committed' : 'rolled back')
    }
    const act = this.#chance.weighted<() => void>([
      [3, () => this.#sql(session, this.#drawn(session, transaction))],
      [1.5, () => this.#savepoint(session, transaction)],
      [savepoint === null ? 0 : 1.2, () => this.#leave(session, transaction, savepoint ?? '')],
      [0.4, () => this.#manySubtransactions(session, transaction)],
      [
        0.3,
        () =>
          this.#sql(
            session,
            ['savepoint wrong', '/* wrong */ select 1 / 0', 'rollback to savepoint wrong', 'release wrong'],
            true,
          ),
      ],
      [2, () => end('commit')],
      [0.7, () => end('rollback')],
      [0.7, () => this.#prepare(session, transaction)],
    ])
    act?.()
  }

  #savepoint(session: string, transaction: OpenTransaction): void {
    const name = `s${this.#steps.length}`
    this.#tables.savepoint(transaction, name)
    this.#sql(session, [`savepoint ${name}`, ...this.#drawn(session, transaction)])
  }

  #leave(session: string, transaction: OpenTransaction, savepoint: string): void {
    if (this.#chance.is(0.6)) {
      this.#tables.backTo(transaction, savepoint)
      this.#sql(session, [`rollback to savepoint ${savepoint}`])
    } else {
      this.#tables.release(transaction, savepoint)
      this.#sql(session, [`release savepoint ${savepoint}`])
    }
  }

  /** More than a snapshot of running transactions holds (PGPROC_MAX_CACHED_SUBXIDS is 64). */
  #manySubtransactions(session: string, transaction: OpenTransaction): void {
    const table = this.#tables.usable(databaseOf(session), transaction).find(({kind}) => kind === 'plain')
    if (table === undefined) return
    const {name, nextId} = table
    this.#tables.change(transaction, name, {...table, nextId: nextId + subtransactions})
    const each = `begin insert into ${name} (id, n, v) values (${nextId - 1} + i, i, 'sub'); exception when division_by_zero then null; end`
    this.#sql(session, [`do $$ begin for i in 1..${subtransactions} loop ${each}; end loop; end $$`])
    // A server that begins with such a snapshot lets nobody in until the transaction has ended, and cannot be paused.
    if (this.#wish.backups > 0 && this.#chance.is(0.5)) this.#backup()
  }

  #prepare(session: string, transaction: OpenTransaction): void {
    const gid = `${schemaOf(this.#seed)}_${this.#steps.length}`
    transaction.prepared = {gid, step: this.#steps.length}
    this.#sql(session, [ownXid, `prepare transaction '${gid}'`])
  }

  /** Any session of its database may end what is prepared. */
  #finish(): void {
    const transaction = this.#chance.of(this.#tables.prepared())
    const session = sessions.find(one => databaseOf(one) === transaction.database && this.#tables.openOf(one) === null)
    if (session === undefined) return
    const word = this.#chance.is(0.7) ? 'commit' : 'rollback'
    const step = this.#sql(session, [`${word} prepared '${transaction.prepared?.gid ?? ''}'`])
    this.#tables.end(transaction, step, word === 'commit' ? 'committed' : 'rolled back')
  }

  /** One that the server refuses: it changed nothing. */
  #failing(session: string): void {
    const table = this.#anyOf(session, null)
    if (table === null) return
    const transaction = this.#tables.begin(session, databaseOf(session), this.#steps.length)
    const tag = this.#tag()
    const statement = {tag, step: this.#steps.length, table: table.name, verb: 'delete', fate: 'failed'} as const
    this.#tables.note(transaction, statement, null)
    const step = this.#sql(session, [`/* ${tag} */ delete from ${table.name} where id = 1 / 0`], true)
    this.#tables.end(transaction, step, 'rolled back')
  }

  #passingDatabase(session: string): void {
    const strategy = this.#chance.of(['wal_log', 'file_copy'])
    const sql = this.#passing
      ? `drop database ${passingDatabase} with (force)`
      : `create database ${passingDatabase} strategy ${strategy}`
    this.#sql(session, [sql])
    this.#passing = !this.#passing
    if (this.#passing)
      this.#push({
        kind: 'sql',
        session: 'passing',
        database: passingDatabase,
        sql: ['create table t as select g as id, md5(g::text) as v from generate_series(1, 50) g'],
      })
  }

  #backup(): void {
    const chance = this.#chance
    const from = chance.of(['primary', 'standby', 'standby'] as const)
    this.#push({
      kind: 'backup',
      how: chance.of(['full', 'incremental', 'incremental'] as const),
      from,
      content: chance.is(0.25),
    })
  }

  /** Who is the primary changes, so every session ends. */
  #change(kind: 'switchover' | 'crash'): void {
    this.#switched = true
    this.#tables.endSessions(this.#steps.length)
    this.#push({kind})
  }

  #created(transaction: OpenTransaction): {readonly sql: readonly string[]; readonly now: ModelledTable} {
    this.#made += 1
    const name = `${schemaOf(this.#seed)}.t${this.#made}`
    const made = createTable(this.#chance, name, transaction.database)
    this.#tables.change(transaction, name, made.now)
    return made
  }

  #drawn(session: string, transaction: OpenTransaction): readonly string[] {
    const table = this.#anyOf(session, transaction)
    if (table === null) return ['select 1']
    const statement = drawStatement(this.#chance, table, this.#tag(), true)
    this.#apply(transaction, statement)
    return statement.sql
  }

  #apply(transaction: OpenTransaction, {sql, table, verb, now, loss}: TableStatement): void {
    const tag = /\/\* (\S+) \*\//.exec(sql[0] ?? '')?.[1] ?? ''
    const held = now?.name ?? table
    this.#tables.change(transaction, held, now)
    this.#tables.note(transaction, {tag, step: this.#steps.length, table, verb, fate: 'done'}, loss)
  }

  #anyOf(session: string, by: OpenTransaction | null): ModelledTable | null {
    const usable = this.#tables.usable(databaseOf(session), by)
    return usable.length === 0 ? null : this.#chance.of(usable)
  }

  /** The number of the step. */
  #sql(session: string, sql: readonly string[], fails = false): number {
    return this.#push({kind: 'sql', session, database: databaseOf(session), sql, ...(fails ? {fails} : {})})
  }

  #push(step: Step): number {
    this.#steps.push(step)
    return this.#steps.length - 1
  }

  /** No tag is the beginning of another. */
  #tag(): string {
    return `h${this.#seed}s${this.#steps.length}n${(this.#tagged += 1)}x`
  }

  #tagged = 0
}

/** Prints the number of a transaction, where it has one. */
export const ownXid = `select 'top=' || pg_current_xact_id_if_assigned()`

const databaseOf = (session: string): string =>
  databases[(sessions as readonly string[]).indexOf(session) % databases.length] ?? 'hl'
