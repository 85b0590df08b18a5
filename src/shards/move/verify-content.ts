// Compares what both sides have of the moving groups, table by table, slot by slot, and where they differ row by row,
// while the application writes. Invariants: each row is hashed by the same text on both sides; a difference is told
// only when it stays after the destination has heard of everything; what could not be seen standing still is told as
// not known, never as the same. Not here: the judgement (judge-content.ts).
import {ShardError} from '../shard-error.ts'
import {differingRows, differingSlots, judgeRow, partsOf, type Rows, type SlotDigest} from './judge-content.ts'
import {openBeside, type MoveContext} from './move-context.ts'
import type {MoveSession} from './move-session.ts'
import {identifier, inGroups, literal, slotOfRow, type MovingTable} from './moving-tables.ts'

/** Settings that change how a value is written. */
export const asText = `SET datestyle = 'ISO, YMD'; SET intervalstyle = 'iso_8601'; SET timezone = 'UTC'; SET extra_float_digits = 1;
SET bytea_output = 'hex'; SET lc_monetary = 'C'; SET search_path = ''; SET xmlbinary = 'base64'`

/** Rows that are looked at one by one, and that are in memory at once. */
const rowsMost = 100_000

/** `caughtUp` resolves when the destination has heard of all that was committed before it was called. */
export async function verifyContent(context: MoveContext, caughtUp: () => Promise<void>): Promise<void> {
  const {source, destination, tables, tell} = context
  const sessions = await Promise.all([source, destination].map(({server}) => openBeside(context, server)))
  const [from, to] = sessions
  try {
    if (from === undefined || to === undefined) return
    await Promise.all(sessions.map(session => session.rows(asText)))
    for (const table of tables) {
      const compared = new Comparison(context, table, from, to, caughtUp)
      tell({kind: 'verify', table: table.name, rows: await compared.run()})
    }
  } finally {
    await Promise.all(sessions.map(session => session.end()))
  }
}

class Comparison {
  readonly #context: MoveContext
  readonly #table: MovingTable
  readonly #from: MoveSession
  readonly #to: MoveSession
  readonly #caughtUp: () => Promise<void>

  constructor(
    context: MoveContext,
    table: MovingTable,
    from: MoveSession,
    to: MoveSession,
    caughtUp: () => Promise<void>,
  ) {
    this.#context = context
    this.#table = table
    this.#from = from
    this.#to = to
    this.#caughtUp = caughtUp
  }

  /** Gives how many rows were compared; rejects with MOVE_STOPPED where they differ, or may differ. */
  async run(): Promise<number> {
    await this.#caughtUp()
    const [one, other] = await Promise.all([this.#digests(this.#from), this.#digests(this.#to)])
    for (const slots of partsOf(differingSlots(one, other), [one, other], rowsMost)) await this.#settle(slots)
    return one.reduce((sum, {rows}) => sum + rows, 0)
  }

  async #settle(slots: readonly number[]): Promise<void> {
    const {limits, signal} = this.#context
    let differing = differingRows(...(await this.#rowsOfSlots(slots)))
    for (let round = 0; round < limits.verifyRounds && differing.length > 0; round++) {
      signal?.throwIfAborted()
      if (differing.length > rowsMost) throw this.#stopped(`differs in ${differing.length} rows`, differing)
      const before = await this.#rows(this.#from, differing)
      await this.#caughtUp()
      const destination = await this.#rows(this.#to, differing)
      const after = await this.#rows(this.#from, differing)
      const verdicts = differing.map(
        row => [row, judgeRow(before.get(row), destination.get(row), after.get(row))] as const,
      )
      const wrong = verdicts.filter(([, verdict]) => verdict === 'differs').map(([row]) => row)
      if (wrong.length > 0) throw this.#stopped(`differs in ${wrong.length} rows`, wrong)
      differing = verdicts.filter(([, verdict]) => verdict === 'busy').map(([row]) => row)
    }
    if (differing.length > 0)
      throw this.#stopped(
        `was written too fast to compare ${differing.length} rows; it is not known whether they are the same`,
        differing,
      )
  }

  #stopped(what: string, rows: readonly string[]): ShardError {
    const {source, destination} = this.#context
    return new ShardError(
      'MOVE_STOPPED',
      `${this.#table.name} ${what}, between ${source.server.name} and ${destination.server.name}: ` +
        rows.slice(0, 3).join(', '),
      {detail: {table: this.#table.name, rows: rows.slice(0, 100)}},
    )
  }

  async #digests(session: MoveSession): Promise<readonly SlotDigest[]> {
    const {groups, limits} = this.#context
    const rows = await session.rows<{slot: number; rows: string; sum: string; xor: string}>(
      `SELECT slot::int4 AS slot, count(*)::text AS rows, sum(hash)::text AS sum, bit_xor(hash)::text AS xor
      FROM (SELECT ${slotOfRow(this.#table)} AS slot, ${hashOfRow} AS hash
        FROM ${this.#table.name} AS hl_row WHERE ${inGroups(this.#table, groups)}) AS hashed GROUP BY 1`,
      [],
      limits.longMs,
    )
    return rows.map(row => ({...row, rows: Number(row.rows)}))
  }

  /** All rows of some slots, on both sides. */
  async #rowsOfSlots(slots: readonly number[]): Promise<readonly [Rows, Rows]> {
    const where = `${slotOfRow(this.#table)} = ANY ('{${slots.map(Number).join(',')}}'::int8[])`
    const read = async (session: MoveSession): Promise<Rows> =>
      this.#read(session, `FROM ${this.#table.name} AS hl_row WHERE ${where}`)
    const [one, other] = await Promise.all([read(this.#from), read(this.#to)])
    return [one, other]
  }

  /** Some rows, by their primary key; without one, all that hash alike are one. */
  async #rows(session: MoveSession, rows: readonly string[]): Promise<Rows> {
    const {name, primaryKey} = this.#table
    if (primaryKey === null) {
      const all = await this.#read(
        session,
        `FROM ${name} AS hl_row WHERE ${inGroups(this.#table, this.#context.groups)}`,
      )
      return new Map([...all].filter(([row]) => rows.includes(row)))
    }
    const same = primaryKey.map(column => `hl_row.${identifier(column)} = wanted.${identifier(column)}`).join(' AND ')
    return this.#read(
      session,
      `FROM pg_catalog.json_populate_recordset(NULL::${name}, $1::json) AS wanted JOIN ${name} AS hl_row ON ${same}`,
      [`[${rows.join(',')}]`],
    )
  }

  async #read(session: MoveSession, from: string, values: readonly unknown[] = []): Promise<Rows> {
    const {primaryKey} = this.#table
    const found =
      primaryKey === null
        ? `SELECT ${hashOfRow}::text AS id, count(*)::text AS hash ${from} GROUP BY 1`
        : 'SELECT ' +
          `pg_catalog.json_build_object(${primaryKey.map(column => `${literal(column)}, hl_row.${identifier(column)}`).join(', ')})::text ` +
          `AS id, ${hashOfRow}::text AS hash ${from}`
    const rows = await session.rows<{id: string; hash: string}>(found, values, this.#context.limits.longMs)
    return new Map(rows.map(({id, hash}) => [id, hash]))
  }
}

/** Of a row that is called hl_row, the same on any server that has {@link asText}. */
export const hashOfRow = `pg_catalog.hashtextextended(hl_row::text COLLATE "C", 0)`
