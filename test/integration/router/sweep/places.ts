// Where a case is run: each place on a pool, which is the oracle's or the router's, and what it saw there. For tests
// only. Not here: comparing (outcome.ts), bringing the database back to what it was (lane.ts).
import {Readable} from 'node:stream'
import {pipeline} from 'node:stream/promises'
import pg from 'pg'
import * as copy from 'pg-copy-streams'
import Cursor from 'pg-cursor'
import QueryStream from 'pg-query-stream'
import type {Router, TransactionClient} from '../../../../src/router/index.ts'
import {textOf, type Case, type Step} from './case.ts'
import {answerOf, failed, refusalOf, type Answer, type Outcome} from './outcome.ts'

/** What is looked at on the primary while a case runs. */
export interface Eyes {
  /**
   * In a READ ONLY transaction only advisory ones: the others are what looking at a relation takes (EXPLAIN of a
   * write), wherever it is looked at.
   */
  locks(onlyAdvisory: boolean): Promise<string>
  /** Processes of this application. */
  pids(): Promise<ReadonlySet<number>>
}

export interface Place<Subject> {
  readonly name: PlaceName
  /** Whose run on the oracle is what is wanted. */
  readonly oracle: OracleName
  readonly run: (subject: Subject, test: Case, eyes: Eyes) => Promise<Outcome>
}

export const oracleNames = ['query()', 'client', 'BEGIN', 'READ ONLY'] as const
export type OracleName = (typeof oracleNames)[number]
export type PlaceName = OracleName | 'read()' | 'write()' | 'transaction()' | 'transaction() READ ONLY'

/** Through pool, client, and client in a transaction: on both. */
export const poolPlaces: readonly Place<pg.Pool>[] = [
  {name: 'query()', oracle: 'query()', run: throughPool},
  {name: 'client', oracle: 'client', run: (pool, test, eyes) => throughClient(pool, null, test, eyes)},
  {name: 'BEGIN', oracle: 'BEGIN', run: (pool, test, eyes) => throughClient(pool, 'BEGIN', test, eyes)},
  {
    name: 'READ ONLY',
    oracle: 'READ ONLY',
    run: (pool, test, eyes) => throughClient(pool, 'BEGIN READ ONLY', test, eyes),
  },
]

export const routerPlaces: readonly Place<Router>[] = [
  ...poolPlaces.map(({name, oracle, run}): Place<Router> => ({
    name,
    oracle,
    run: (router, test, eyes) => run(asPool(router), test, eyes),
  })),
  {
    name: 'read()',
    oracle: 'query()',
    run: (router, test, eyes) => alone(test, eyes, step => router.read(...formOf(step))),
  },
  {
    name: 'write()',
    oracle: 'query()',
    run: (router, test, eyes) => alone(test, eyes, step => router.write(...formOf(step))),
  },
  {name: 'transaction()', oracle: 'BEGIN', run: (router, test, eyes) => inTransaction(router, false, test, eyes)},
  {
    name: 'transaction() READ ONLY',
    oracle: 'READ ONLY',
    run: (router, test, eyes) => inTransaction(router, true, test, eyes),
  },
]

/** A pool, or read() and its like, does with one statement what it does; several have no order or no client there. */
export function runsIn(place: Pick<Place<never>, 'name'>, {steps}: Case): boolean {
  const submits = steps.some(step => typeof step === 'object' && step.submit !== undefined)
  if (place.name === 'client' || place.name === 'BEGIN' || place.name === 'READ ONLY') return true
  // A function that ends its transaction by itself is told that it must not (TRANSACTION_OPEN).
  if (place.name.startsWith('transaction()')) return !submits && !steps.some(step => control.test(textOf(step)))
  return !submits && steps.length === 1
}

const control = /\b(begin|start transaction|commit|rollback|abort|end|prepare transaction)\b(?! to\b)/i

/** A pg.Pool in truth, which its types do not say. */
function asPool(router: Router): pg.Pool {
  const made: unknown = router
  return made as pg.Pool
}

/** As given to query(): a text alone, with values, or a config. */
function formOf(step: Step): [string | pg.QueryConfig<unknown[]>, unknown[]?] {
  if (typeof step === 'string') return [step]
  const {text, values, name, rowMode} = step
  if (name === undefined && rowMode === undefined) return values === undefined ? [text] : [text, [...values]]
  const config = {text, ...(name !== undefined && {name}), ...(rowMode !== undefined && {rowMode})}
  return [{...config, ...(values !== undefined && {values: [...values]})}]
}

async function throughPool(pool: pg.Pool, test: Case, eyes: Eyes): Promise<Outcome> {
  const outcome = await alone(test, eyes, step => pool.query(...formOf(step)))
  return {...outcome, usable: await answered(pool.query('SELECT 1 AS one'))}
}

async function alone(test: Case, eyes: Eyes, query: (step: Step) => Promise<unknown>): Promise<Outcome> {
  const [step] = test.steps
  if (step === undefined) throw new Error(`no statement: ${test.id}`)
  return {answers: [await stepped(query(step), test, eyes)]}
}

async function throughClient(pool: pg.Pool, begin: string | null, test: Case, eyes: Eyes): Promise<Outcome> {
  const client = await pool.connect()
  const told: string[] = []
  client.on('notice', notice => told.push(`${notice.severity ?? ''} ${notice.code ?? ''} ${notice.message ?? ''}`))
  client.on('notification', ({channel, payload}) => told.push(`${channel} ${payload ?? ''}`))
  const lost = (error: Error): void => void told.push(`lost: ${error.message}`)
  client.on('error', lost)
  try {
    const began = begin === null ? [] : [await answered(client.query(begin))]
    const answers = [...began, ...(await inTurn(test, eyes, step => submitted(client, step)))]
    // An error comes before the status and the freed locks that follow from it; the probe's answer comes behind them.
    const probe = await answered(client.query('SELECT 1 AS one'))
    const locks = await eyes.locks(begin === 'BEGIN READ ONLY')
    const status = client.getTransactionStatus() ?? 'none'
    const end = client.getTransactionStatus() === 'I' ? undefined : await answered(client.query('COMMIT'))
    const ended = {refusedAtEnd: end !== undefined && failed(end) ? end : null, ...(end !== undefined && {end})}
    const usable = end === undefined ? probe : await answered(client.query('SELECT 2 AS two'))
    return {answers, status, locks, probe, told, ...ended, usable, statusAtEnd: client.getTransactionStatus() ?? 'none'}
  } finally {
    client.removeAllListeners('notice').removeAllListeners('notification').removeListener('error', lost)
    client.release()
  }
}

async function inTransaction(router: Router, readOnly: boolean, test: Case, eyes: Eyes): Promise<Outcome> {
  let answers: readonly Answer[] = []
  let locks = ''
  let refused: Answer | undefined
  const work = async (client: TransactionClient): Promise<void> => {
    answers = []
    locks = ''
    let failure: Error | undefined
    const query = async (step: Step): Promise<unknown> =>
      client.query(...formOf(step)).catch((error: unknown) => {
        if (error instanceof Error) failure = error
        throw error
      })
    answers = await inTurn(test, eyes, query)
    if (failure !== undefined) throw failure
    locks = await eyes.locks(readOnly)
  }
  await router.transaction(work, {readOnly}).catch((error: unknown) => {
    if (!failed(answers.at(-1))) refused = refusalOf(error)
  })
  return {answers: [begun, ...answers], locks, refusedAtEnd: refused ?? null}
}

const begun: Answer = answerOf({command: 'BEGIN', rowCount: null, fields: [], rows: []}, undefined, new Set())

async function inTurn(test: Case, eyes: Eyes, query: (step: Step) => Promise<unknown>): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (const step of test.steps) {
    const answer = await stepped(query(step), test, eyes)
    answers.push(answer)
    if (failed(answer)) break
  }
  return answers
}

async function stepped(given: Promise<unknown>, {nature}: Case, eyes: Eyes): Promise<Answer> {
  try {
    const result = await given
    return answerOf(result, nature, nature === 'pid' ? await eyes.pids() : new Set())
  } catch (error) {
    return refusalOf(error)
  }
}

async function answered(given: Promise<unknown>): Promise<Answer> {
  return given.then(result => answerOf(result, undefined, new Set()), refusalOf)
}

/** What sends itself, as a result like the others. */
async function submitted(client: pg.PoolClient, step: Step): Promise<unknown> {
  if (typeof step === 'string' || step.submit === undefined) return client.query(...formOf(step))
  const {text, values = [], submit, input = ''} = step
  const done = (rows: readonly unknown[]): unknown => ({command: submit, rowCount: rows.length, fields: [], rows})
  switch (submit) {
    case 'cursor':
      return done(await readAll(client.query(new Cursor(text, [...values]))))
    case 'stream':
      return done(await (client.query(new QueryStream(text, [...values])) as Readable).toArray())
    case 'copy-from':
      await pipeline(Readable.from([input]), client.query(copy.from(text)))
      return done([])
    case 'copy-to': {
      const chunks = (await (client.query(copy.to(text)) as Readable).toArray()) as readonly Buffer[]
      return done([Buffer.concat(chunks).toString()])
    }
  }
}

async function readAll(cursor: Cursor<Record<string, unknown>>): Promise<readonly unknown[]> {
  const rows: unknown[] = []
  for (;;) {
    const some = await cursor.read(2)
    rows.push(...some)
    if (some.length < 2) break
  }
  await cursor.close()
  return rows
}

/** The same statement to PostgreSQL, another text to a memory of texts: what one place learns, the next does not. */
export function spaced(step: Step, spaces: number): Step {
  const text = textOf(step).replace(/^(\s*\w+) /, `$1${' '.repeat(spaces + 1)}`)
  if (typeof step === 'string') return text
  return {...step, text, ...(step.name !== undefined && {name: `${step.name} ${spaces}`})}
}
