// A lane: a database, the oracle and the routers on it, in which one execution follows the other, each from the same
// state. For tests only. Not here: the cases (topics/), where they are run (places.ts).
// Invariant: what brings the state back is replayed by the standby before the next execution begins.
import pg from 'pg'
import {vi} from 'vitest'
import {Router} from '../../../../src/router/index.ts'
import type {TestServers} from '../servers.ts'
import {until} from '../until.ts'
import {routerOptions} from '../use-router.ts'
import {textOf, type Case} from './case.ts'
import * as fixture from './fixture.ts'
import type {Outcome} from './outcome.ts'
import {oracleNames, poolPlaces, spaced, type Eyes, type OracleName, type Place} from './places.ts'

/** How the router reads texts. */
export const readings = ['by parser', 'by words'] as const
export type Reading = (typeof readings)[number]

const application = 'sweep'
/** Tells "answers" from "never"; a host whose disk stands still for 20 s is no "never". */
const answersWithinMs = 60_000
const readOnlyPlaces: ReadonlySet<string> = new Set(['read()', 'READ ONLY', 'transaction() READ ONLY'])
/** Of statements that may leave something with their connection. */
const sessionWords = /prepare|listen|set|temp|lock|val\(|discard|declare|begin|start transaction|chain/i

export class Lane {
  readonly #servers: TestServers
  readonly #database: string
  readonly #side: pg.Client
  readonly #oracle: pg.Pool
  readonly #routers = new Map<Reading, Router>()
  #clean = ''
  #marks = ''
  /** How many requests each role served; those of standbys show that reads are tried there. */
  readonly servedBy: Record<'primary' | 'standby', number> = {primary: 0, standby: 0}

  private constructor(servers: TestServers, database: string) {
    const {host, port} = servers.primary
    this.#servers = servers
    this.#database = database
    this.#side = new pg.Client({host, port, user: 'postgres', database, application_name: 'sweep looks'})
    this.#oracle = new pg.Pool({...servers.connection, host, port, database, application_name: application, max: 2})
    this.#oracle.on('error', () => undefined)
    this.#side.on('error', () => undefined)
  }

  static async open(servers: TestServers): Promise<Lane> {
    const database = 'sweep'
    await servers.sql(servers.primary, `CREATE DATABASE ${database} OWNER ${servers.connection.user}`)
    const lane = new Lane(servers, database)
    await lane.#side.connect()
    await lane.#build()
    await lane.#side.query(fixture.looks)
    lane.#clean = await lane.#state()
    for (const reading of readings) lane.#routers.set(reading, await lane.#router(reading))
    return lane
  }

  async close(): Promise<void> {
    await Promise.all([...this.#routers.values()].map(async router => router.ending || router.end()))
    await this.#oracle.end()
    await this.#side.end()
  }

  /** The words only where they tell something else: what is done then follows from what was read, and not from how. */
  async readingsOf({steps}: Case): Promise<readonly Reading[]> {
    const [byParser, byWords] = await Promise.all(
      readings.map(async reading =>
        JSON.stringify(await Promise.all(steps.map(async step => this.#planOf(reading, textOf(step))))),
      ),
    )
    return byParser === byWords ? ['by parser'] : readings
  }

  async #planOf(reading: Reading, text: string): Promise<unknown> {
    const {kind, readOnlyTransaction, node, commits, commitsTransaction} = (await this.#routerOf(reading).explain(text))
      .plan
    return [kind, readOnlyTransaction, node, commits, commitsTransaction]
  }

  /** What is wanted, by the name of the place. */
  async wanted(test: Case): Promise<ReadonlyMap<OracleName, Outcome>> {
    const outcomes = new Map<OracleName, Outcome>()
    for (const place of poolPlaces) outcomes.set(place.oracle, await this.#execute(place, this.#oracle, test))
    return outcomes
  }

  /** What the router does. */
  async got(place: Place<Router>, reading: Reading, test: Case): Promise<Outcome> {
    const router = this.#routerOf(reading)
    const outcome = await this.#execute(place, router, test)
    const left = outcome.hung === true || test.leaves === true ? '' : await this.#left(router, place, test)
    // What hangs may hang on, and what is left is found by the next execution.
    if (outcome.hung !== true && test.leaves !== true && left === '') return outcome
    this.#routers.set(reading, await this.#router(reading))
    await router.end()
    return left === '' ? outcome : {...outcome, left}
  }

  #routerOf(reading: Reading): Router {
    const router = this.#routers.get(reading)
    if (router === undefined) throw new Error(`no router ${reading}`)
    return router
  }

  /** What the next user of a connection would find. */
  async #left(router: Router, place: Place<Router>, test: Case): Promise<string> {
    if (!keepsSomething(test)) return ''
    const asked = [router.query<{left: string}>(`/* hl: primary */ ${fixture.left}`)]
    if (readOnlyPlaces.has(place.name))
      for (let turn = 0; turn < 2; turn++) asked.push(router.read(fixture.left, [], {from: 'standby'}))
    const found = await Promise.all(asked)
    return [...new Set(found.map(({rows}) => rows[0]?.left ?? ''))].join('')
  }

  async #execute<S>(place: Place<S>, subject: S, test: Case): Promise<Outcome> {
    for (const text of test.before ?? []) await this.#side.query(`SET ROLE app; ${text}; RESET ROLE`)
    const clean = test.before === undefined ? this.#clean : await this.#state()
    const steps = test.steps.map(step => spaced(step, oracleNames.indexOf(place.oracle)))
    const outcome = await within(answersWithinMs, place.run(subject, {...test, steps}, this.#eyes))
    if (keepsSomething(test)) await this.#forget()
    const {locks, marks} = await this.#settled(test)
    // Without a transaction that wrote there is nothing new.
    const isSame = clean === this.#clean && outcome.hung !== true && marks !== '' && marks === this.#marks
    const state = isSame ? clean : await this.#state()
    if (state !== this.#clean || test.after !== undefined) await this.#reset(test, state)
    if (!isSame) this.#marks = (await this.#look()).marks
    const seen = `${state === clean || test.leaves === true ? 'as before' : state}${locks}`
    return {...outcome, state: seen}
  }

  readonly #eyes: Eyes = {
    locks: async onlyAdvisory => {
      const held = (await this.#look()).locks.split(', ')
      return held.filter(lock => !onlyAdvisory || lock.startsWith('advisory')).join(', ')
    },
    pids: () => this.#processes(),
  }

  /** What the oracle's connections keep would be the next execution's. */
  async #forget(): Promise<void> {
    if (this.#oracle.idleCount === 0) return
    const client = await this.#oracle.connect()
    await client.query('ROLLBACK')
    await client.query('DISCARD ALL')
    client.release()
  }

  async #reset(test: Case, state: string): Promise<void> {
    for (const text of test.after ?? []) await this.#side.query(text)
    const clean = new Set(this.#clean.split('\n'))
    const found = state.split('\n')
    const changed = [...found.filter(line => !clean.has(line)), ...[...clean].filter(line => !found.includes(line))]
    if (found.some(line => line.startsWith('prepared '))) await this.#rollBackPrepared()
    const resets = new Set(changed.map(line => fixture.parts[line.split(' ')[0] ?? ''] ?? ''))
    const isReset = await this.#side.query([...resets].join(';')).then(
      async () => (await this.#state()) === this.#clean,
      () => false,
    )
    if (isReset) return
    await this.#build()
    const built = await this.#state()
    if (built !== this.#clean) throw new Error(`cannot be reset after ${test.id}: ${built}`)
  }

  async #rollBackPrepared(): Promise<void> {
    const {rows} = await this.#side.query<{gid: string}>(
      'SELECT gid FROM pg_prepared_xacts WHERE database = current_database()',
    )
    for (const {gid} of rows) await this.#side.query(`ROLLBACK PREPARED '${gid}'`)
  }

  async #build(): Promise<void> {
    await this.#rollBackPrepared()
    await this.#side.query(`
      SET synchronous_commit = remote_apply; SET client_min_messages = warning; SET lock_timeout = '2s'; SET search_path = public;
      DROP SCHEMA public CASCADE; DROP SCHEMA IF EXISTS other CASCADE;
      CREATE SCHEMA public AUTHORIZATION app; SET ROLE app; ${fixture.schema} RESET ROLE;
      SET session_replication_role = replica; ${Object.values(fixture.parts)
        .filter(sql => !sql.includes('looks.'))
        .join(';')}`)
  }

  /** Once the locks of closed connections are free. */
  async #settled({leaves}: Case): Promise<{readonly locks: string; readonly marks: string}> {
    if (leaves === true) return this.#look().then(({marks}) => ({locks: '', marks}))
    return until(
      'locks are free',
      () => this.#look(),
      ({locks}) => locks === '',
      10_000,
    ).catch(async () => {
      const {locks, marks} = await this.#look()
      return {locks: `, left locked: ${locks}`, marks}
    })
  }

  /** Locks; and what changes with each transaction that writes, nothing where that cannot be told. */
  async #look(): Promise<{readonly locks: string; readonly marks: string}> {
    const {rows} = await this.#side
      .query<{locks: string; marks: string}>('SELECT looks.locks() AS locks, looks.marks() AS marks')
      .catch(async () => this.#side.query<{locks: string; marks: string}>("SELECT looks.locks() AS locks, '' AS marks"))
    return rows[0] ?? {locks: '', marks: ''}
  }

  /** Of a fixture of which a part is missing, the parts that are there. */
  async #state(): Promise<string> {
    const ask = async (look: string): Promise<string> =>
      (await this.#side.query<{state: string}>(`SELECT looks.${look}() AS state`)).rows[0]?.state ?? ''
    return ask('state').catch(async (error: unknown) => `${await ask('objects')}\n${String(error)}`)
  }

  async #processes(): Promise<ReadonlySet<number>> {
    const {rows} = await this.#side.query<{pid: number}>(
      'SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    )
    return new Set(rows.map(({pid}) => pid))
  }

  async #router(reading: Reading): Promise<Router> {
    // Its own import finds nothing where it is to read by words.
    if (reading === 'by words') vi.doMock('libpg-query', () => ({default: null}))
    try {
      const options = routerOptions(this.#servers)
      const router = new Router({
        ...options,
        // A busy host is no failure.
        topology: {...options.topology, timeoutMs: 5_000, evidenceTtlMs: 15_000, pollMs: 250},
        connectTimeoutMs: 5_000,
        database: this.#database,
        application_name: application,
        max: 2,
        endTimeoutMs: 100,
        // Once shows it.
        repeatsMax: 1,
        // Each execution begins with the standby up to date, so that reads may go there at once.
        consistency: 'eventual',
      })
      router.on('error', () => undefined)
      router.events.on('served', ({role}) => {
        this.servedBy[role]++
      })
      await until(
        'the router knows all servers',
        () => router.topology(),
        ({primary, standbys}) => primary !== null && standbys.length === this.#servers.standbys.length,
      )
      const {plan} = await router.explain('SELECT stable_pure()')
      if (plan.kind !== 'read' || plan.by !== (reading === 'by words' ? 'lexer' : 'parser'))
        throw new Error(`not ${reading}: ${JSON.stringify(plan)}`)
      return router
    } finally {
      vi.doUnmock('libpg-query')
    }
  }
}

function keepsSomething({steps}: Case): boolean {
  return steps.some(step => sessionWords.test(textOf(step)) || (typeof step === 'object' && step.name !== undefined))
}

async function within(ms: number, work: Promise<Outcome>): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Outcome>(resolve => {
    timer = setTimeout(() => resolve({answers: [], hung: true}), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
