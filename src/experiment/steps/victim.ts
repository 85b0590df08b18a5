// The table that a bad statement hits, and the statement. Invariant: its rows follow from its definition alone, so
// whether they came back can be told without a copy of them; around the bad statement no other write is under way, so
// which transactions are good is known to the last one.
import {messageOf} from '../../model/errors.ts'
import type {Clock} from '../../model/ports.ts'
import type {Disaster} from '../../model/scenario.ts'
import type {Check} from '../../model/verdict.ts'
import type {OwnerSql} from '../world.ts'
import type {Moments} from './disaster-moments.ts'

/** In schema hl, as hl restore --before-drop takes it. */
export const victimTable = 'hl.victim'
/** The statement in the server's log, as hl restore --before-statement takes it. */
export const badStatement = /update hl\.victim set/i
const rows = 20_000
/** Long enough for every client to have read the answers to what it sent before. */
const quietMs = 300

/**
 * Nothing but the experiment writes to its pages: a vacuum that wrote a page anew would repair what a disaster did to
 * it, unseen.
 */
export async function createVictim(sql: OwnerSql): Promise<void> {
  await sql(`DROP TABLE IF EXISTS ${victimTable}`)
  await sql(
    `CREATE TABLE ${victimTable} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id integer NOT NULL, ` +
      'status text NOT NULL, amount bigint NOT NULL) WITH (autovacuum_enabled = false)',
  )
  await sql(
    `INSERT INTO ${victimTable} (user_id, status, amount) SELECT n % 997, 'open', n * 7 FROM generate_series(1, ` +
      `${rows}) n`,
  )
  await sql(`CREATE INDEX ON ${victimTable} (user_id)`)
}

/**
 * Holds other writers back, waits until they are quiet, and runs the bad statement. Writers go on when it is committed,
 * or when it failed.
 */
export async function hitVictim(
  sql: OwnerSql,
  {clock, signal}: {readonly clock: Clock; readonly signal: AbortSignal},
  kind: Extract<Disaster['kind'], 'drop-table' | 'update-without-where'>,
  {commanded, done}: Moments,
): Promise<void> {
  await sql('BEGIN')
  try {
    await sql('LOCK TABLE hl.ledger, hl.accounts, hl.transfers, hl.pinned IN EXCLUSIVE MODE')
    await clock.wait(quietMs, signal)
    const atLsn = await sql('SELECT pg_current_wal_lsn()')
    signal.throwIfAborted()
    commanded()
    await sql(
      kind === 'drop-table' ? `DROP TABLE ${victimTable}` : `UPDATE ${victimTable} SET status = 'refunded', amount = 0`,
    )
    await sql('COMMIT')
    done(atLsn)
  } catch (error) {
    await sql('ROLLBACK').catch(() => undefined)
    throw error
  }
}

/** Every page of the table itself: no index holds `amount`, so none can answer. */
export async function readVictim(sql: OwnerSql): Promise<void> {
  await sql(`SELECT sum(amount) FROM ${victimTable}`)
}

/**
 * Every table, index and sequence that is not the victim's, each with the file that its rows are in: what is dropped,
 * made or written anew changes it.
 */
export async function otherRelations(sql: OwnerSql): Promise<readonly string[]> {
  const told =
    await sql(`SELECT string_agg(format('%s.%s in %s', nspname, relname, relfilenode), ', ' ORDER BY nspname, relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE nspname <> 'information_schema' AND nspname !~ '^pg_' AND relkind IN ('r', 'i', 'S', 'm') AND format('%s.%s', nspname, relname) !~ '^${victimTable.replace('.', '[.]')}(_|$)'`)
  return told === null ? [] : told.split(', ')
}

/** PURE. Did a table that was brought back bring or take anything else? Unknown where there was nothing to look at. */
export function onlyTheTable(before: readonly string[], after: readonly string[]): Check {
  if (before.length === 0 && after.length === 0)
    return {name: 'only-the-table', verdict: 'unknown', detail: 'no other table, index or sequence was listed'}
  const changed = [
    ...before.filter(each => !after.includes(each)).map(each => `gone: ${each}`),
    ...after.filter(each => !before.includes(each)).map(each => `new: ${each}`),
  ]
  return {
    name: 'only-the-table',
    verdict: changed.length === 0 ? 'pass' : 'fail',
    detail:
      changed.length === 0
        ? `the ${before.length} other tables, indexes and sequences are the files that they were`
        : changed.join('; '),
  }
}

/** SQLSTATE classes by which a server says something of the table: that it is not there, not so, or not readable. */
const answers = /^(?:22|3F|42|58|XX)[0-9A-Z]{3}$/

/** Is it as it was made? Unknown where PostgreSQL itself said nothing of it. */
export async function checkVictim(sql: OwnerSql): Promise<Check> {
  const name = 'victim-intact'
  const wanted = `${rows} rows, ${((rows * (rows + 1)) / 2) * 7} in all, ${rows} open`
  let found: string | null
  try {
    found = await sql(
      `SELECT format('%s rows, %s in all, %s open', count(*), sum(amount), count(*) FILTER (WHERE status = ` +
        `'open')) FROM ${victimTable}`,
    )
  } catch (error) {
    const said = messageOf(error)
    if (!isAnswer(error)) return {name, verdict: 'unknown', detail: `nobody could look at the table: ${said}`}
    found = said
  }
  const intact = found === wanted
  return {
    name,
    verdict: intact ? 'pass' : 'fail',
    detail: intact
      ? `the ${rows} rows that the bad statement hit are as they were`
      : `the table that the bad statement hit is not as it was: ${found ?? 'nothing'}`,
  }
}

function isAnswer(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : null
  return typeof code === 'string' && answers.test(code)
}
