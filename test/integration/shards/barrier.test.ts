// Barriers on real servers, beside transactions over shards that go on: none straddles one, nobody waits longer than
// the hold, and a hold whose holder is gone or hangs ends by itself. A barrier without its hold is straddled.
import pg from 'pg'
import {beforeEach, describe, expect, it, onTestFinished} from 'vitest'
import {Router} from '../../../src/router/index.ts'
import {SessionParty} from '../../../src/shards/barrier/barrier-session.ts'
import {listBarriers, takeBarrier, type BarrierServer} from '../../../src/shards/barrier/barriers.ts'
import {tryBarrier, type BarrierParty, type BarrierTry} from '../../../src/shards/barrier/take-barrier.ts'
import {firstMap} from '../../../src/shards/map/shard-map.ts'
import {installSchema, writeMap} from '../../../src/shards/map/write-map.ts'
import {MoveSession} from '../../../src/shards/move/move-session.ts'
import {parseGid, prefixOf} from '../../../src/shards/transactions/gid.ts'
import {judgeWholeness, type SeenDecisions} from '../../../src/shards/transactions/judge-wholeness.ts'
import {checkWholeness, knownOf, knownText, type KnownRow} from '../../../src/shards/transactions/read-decisions.ts'
import {ShardTransactions, type ShardTransactionsOptions} from '../../../src/shards/transactions/shard-transactions.ts'
import {preparedText} from '../../../src/shards/transactions/transaction-sql.ts'
import {nowMs, pause} from '../../../src/shards/time/pause.ts'
import {useServers, type TestServers} from '../router/servers.ts'

const one = useServers('it-barrier-one', {standbys: 0})
const two = useServers('it-barrier-two', {standbys: 0})

interface Place extends BarrierServer {
  readonly servers: TestServers
  readonly database: string
}

let made = 0
let places: readonly Place[] = []
let mapId = ''

const clientOf = async ({servers, database}: Place): Promise<pg.Client> => {
  const {host, port} = servers.primary
  const client = new pg.Client({host, port, user: 'postgres', database})
  client.on('error', () => undefined)
  await client.connect()
  return client
}
const sqlOn = async <T extends pg.QueryResultRow>(place: Place, text: string): Promise<T[]> => {
  const client = await clientOf(place)
  try {
    return (await client.query<T>(text)).rows
  } finally {
    await client.end()
  }
}
const placeOf = (name: string): Place => {
  const place = places.find(found => found.name === name)
  if (place === undefined) throw new Error(`no ${name}`)
  return place
}

async function makePlace(name: string, servers: TestServers): Promise<Place> {
  const {user} = servers.connection
  const database = `barrier_${(made += 1)}`
  await servers.sql(servers.primary, `CREATE DATABASE ${database} OWNER ${user}`)
  const {host, port} = servers.primary
  const place = {name, servers, database, connection: () => ({host, port, user: 'postgres', database})}
  const client = await clientOf(place)
  try {
    await installSchema(async text => client.query(text), {writers: [user]})
    await client.query(`CREATE TABLE account (id int PRIMARY KEY, amount int NOT NULL);
      INSERT INTO account SELECT id, 1000 FROM generate_series(1, 20) AS id; GRANT ALL ON account TO ${user}`)
  } finally {
    await client.end()
  }
  return place
}

beforeEach(async () => {
  places = [await makePlace('s1', one), await makePlace('s2', two)]
  const servers = places.map(place => ({
    name: place.name,
    query: async (text: string, values?: unknown[]) => {
      const client = await clientOf(place)
      try {
        return await client.query(text, values)
      } finally {
        await client.end()
      }
    },
  }))
  const [catalog] = servers
  if (catalog === undefined) throw new Error('unreachable')
  mapId = await writeMap(catalog.query, servers, firstMap(['s1', 's2']))
})

function transactionsOf(options: Partial<ShardTransactionsOptions> = {}) {
  const shards = places.map(({name, servers, database}) => ({
    name,
    router: new Router({
      ...servers.connection,
      database,
      topology: {hosts: servers.hosts(), pollMs: 50, fastPollMs: 25, timeoutMs: 10_000, evidenceTtlMs: 30_000},
      application_name: 'transfers',
      connectTimeoutMs: 20_000,
      waitMs: 60_000,
      max: 10,
    }),
  }))
  const transactions = new ShardTransactions({shards: () => shards, mapId, acquireMs: 20_000, ...options})
  onTestFinished(async () => {
    await transactions.end()
    await Promise.all(shards.map(({router}) => router.end()))
  })
  /** The first shard decides. */
  const transfer = async (from: string, to: string, id: number): Promise<void> => {
    await transactions.run(async transaction => {
      const change = 'UPDATE account SET amount = amount + $2 WHERE id = $1'
      await transaction.onShard(from).query(change, [id, -1])
      await transaction.onShard(to).query(change, [id, 1])
    })
  }
  return {transfer, shards}
}

/** What a restore to the point would have, as nothing was decided since: it is read in the session of the hold. */
class LookingParty extends SessionParty {
  readonly #look: MoveSession
  seen: Omit<SeenDecisions, 'shard'> | null = null

  constructor(session: MoveSession) {
    super(session)
    this.#look = session
  }

  override async point(name: string): ReturnType<SessionParty['point']> {
    const position = await super.point(name)
    const prepared = (await this.#look.rows<{gid: string}>(preparedText, [prefixOf(mapId)])).flatMap(
      ({gid}) => parseGid(gid)?.id ?? [],
    )
    const [row] = await this.#look.rows<KnownRow & pg.QueryResultRow>(knownText, [prefixOf(mapId)])
    const known = knownOf(row)
    this.seen = {first: known, prepared, last: known}
    return position
  }
}

/** Decides nothing by itself, and holds nobody. */
class HoldlessParty extends LookingParty {
  readonly #session: MoveSession

  constructor(session: MoveSession) {
    super(session)
    this.#session = session
  }

  override async hold(): Promise<void> {
    await this.#session.rows('BEGIN')
  }
}

const sessions = async (): Promise<readonly MoveSession[]> => {
  const opened = await Promise.all(
    places.map(async place => MoveSession.open(place, {application: 'barrier-test', replyMs: 20_000})),
  )
  onTestFinished(async () => {
    await Promise.all(opened.map(async session => session.end()))
  })
  return opened
}

/** `between` runs when the participant has its point, and the coordinator has none yet. */
async function adversarial(
  Party: typeof LookingParty,
  holdMs: number,
): Promise<{readonly tried: BarrierTry; readonly halves: number; readonly waitedMs: number}> {
  const {transfer} = transactionsOf()
  await transfer('s1', 's2', 1)
  const parties = (await sessions()).map(session => new Party(session))
  let waited: Promise<number> = Promise.resolve(0)
  const timed = async (): Promise<number> => {
    const fromMs = nowMs()
    await transfer('s1', 's2', 2)
    return nowMs() - fromMs
  }
  const participant = Promise.withResolvers<null>()
  const slow = parties.map((party): BarrierParty => ({
    shard: party.shard,
    hold: async (waitMs, ms) => party.hold(waitMs, ms),
    async point(name) {
      if (party.shard !== 's1') return party.point(name).finally(() => participant.resolve(null))
      // Whoever may decide does so in this moment.
      await participant.promise
      waited = timed()
      await Promise.race([waited, pause(holdMs / 2)])
      return party.point(name)
    },
    release: async () => party.release(),
    giveUp: async () => party.giveUp(),
  }))
  const tried = await tryBarrier(slow, 'adversarial', {holdMs, nowMs})
  const waitedMs = await waited
  const seen = parties.flatMap(({shard, seen: found}) => (found === null ? [] : [{shard, ...found}]))
  expect(seen).toHaveLength(2)
  return {tried, halves: judgeWholeness(seen).halves, waitedMs}
}

describe('a transaction that decides in the worst moment', () => {
  it('waits for the barrier, and does not straddle it', {timeout: 120_000}, async () => {
    const {tried, halves, waitedMs} = await adversarial(LookingParty, 10_000)
    expect([tried.kind, halves]).toEqual(['taken', 0])
    expect(waitedMs).toBeGreaterThan(1_500)
  })

  it('straddles a barrier that holds nobody: the check finds it', {timeout: 120_000}, async () => {
    const {tried, halves} = await adversarial(HoldlessParty, 20_000)
    expect([tried.kind, halves]).toEqual(['taken', 1])
  })
})

describe('beside transfers', () => {
  it('each barrier is whole, on record on every shard, and nobody waits for long', {timeout: 240_000}, async () => {
    const {transfer, shards} = transactionsOf()
    const over = new AbortController()
    const waits: number[] = []
    const writers = [1, 2, 3, 4].map(async id => {
      while (!over.signal.aborted) {
        const fromMs = nowMs()
        await (id % 2 === 0 ? transfer('s1', 's2', id) : transfer('s2', 's1', id))
        waits.push(nowMs() - fromMs)
      }
    })
    const names: string[] = []
    for (let number = 1; number <= 10; number++) {
      const parties = (await sessions()).map(session => new LookingParty(session))
      const tried = await tryBarrier(parties, `looked-${number}`, {holdMs: 9_000, nowMs})
      expect(tried.kind).toBe('taken')
      const seen = parties.flatMap(({shard, seen: found}) => (found === null ? [] : [{shard, ...found}]))
      expect(judgeWholeness(seen)).toEqual({halves: 0, named: []})
      const barrier = await takeBarrier(places, {name: `taken-${number}`, holdMs: 9_000})
      expect(barrier.positions.map(({shard, timeline, moves}) => [shard, timeline, moves])).toEqual([
        ['s1', 1, []],
        ['s2', 1, []],
      ])
      expect(Object.keys(barrier.positions[0]?.groups ?? {})).toHaveLength(32)
      names.unshift(barrier.name)
    }
    over.abort()
    await Promise.all(writers)
    expect(waits.length).toBeGreaterThan(20)
    expect(await checkWholeness(shards, {mapId})).toEqual({halves: 0, named: []})
    const listed = await listBarriers(places)
    expect([listed.barriers.map(({name}) => name), listed.notAsked]).toEqual([names, []])
    // A row that one shard lacks is no barrier.
    await sqlOn(placeOf('s2'), `DELETE FROM hl_shards.barrier WHERE name = 'taken-1'`)
    expect((await listBarriers(places)).barriers.map(({name}) => name)).toEqual(names.slice(0, -1))
  })
})

describe('a hold', () => {
  const transferTakes = async (): Promise<number> => {
    const {transfer} = transactionsOf()
    const fromMs = nowMs()
    await transfer('s1', 's2', 1)
    return nowMs() - fromMs
  }

  it('goes with its connection', {timeout: 120_000}, async () => {
    for (const session of await sessions()) {
      await new SessionParty(session).hold(10_000, 60_000)
      session.destroy(new Error('killed'))
    }
    expect(await transferTakes()).toBeLessThan(50_000)
  })

  it('is ended by the server when its holder hangs, and is void then', {timeout: 120_000}, async () => {
    const parties = (await sessions()).map(session => new SessionParty(session))
    for (const party of parties) await party.hold(10_000, 300)
    expect(await transferTakes()).toBeLessThan(50_000)
    for (const party of parties) await expect(party.release()).rejects.toThrow()
  })

  it('lets no group change its owner', {timeout: 120_000}, async () => {
    const parties = (await sessions()).map(session => new SessionParty(session))
    for (const party of parties) await party.hold(10_000, 30_000)
    const flip = `SELECT hl_shards.flip_group(3, 'o', 'm', 1, 's2')`
    await expect(sqlOn(placeOf('s1'), flip)).rejects.toMatchObject({code: '55P03'})
    for (const party of parties) await party.release()
    await sqlOn(placeOf('s1'), flip)
  })
})

describe('a barrier', () => {
  it('that a transaction holds up names it, and leaves nothing', {timeout: 120_000}, async () => {
    const {promise: reached, resolve: atStep} = Promise.withResolvers<undefined>()
    const {promise: goOn, resolve: go} = Promise.withResolvers<undefined>()
    const {transfer} = transactionsOf({
      atStep: async step => {
        if (step !== 'prepared') return
        atStep(undefined)
        await goOn
      },
    })
    const transferring = transfer('s1', 's2', 1)
    await reached
    const missed: string[] = []
    const taking = takeBarrier(places, {name: 'b', holdMs: 1_000, triesMost: 2, onMissed: why => missed.push(why)})
    await expect(taking).rejects.toMatchObject({
      code: 'BARRIER_FAILED',
      message: expect.stringMatching(
        /s1: transactions were not decided within \d+ ms: 1 held it up, of transfers/,
      ) as string,
    })
    expect([missed.length, (await listBarriers(places)).barriers]).toEqual([2, []])
    go(undefined)
    await transferring
    expect((await takeBarrier(places, {name: 'b', holdMs: 9_000})).name).toBe('b')
    await expect(takeBarrier(places, {name: 'b'})).rejects.toMatchObject({code: 'CONFIG_INVALID'})
  })

  it('is not held up by what is prepared and in doubt', {timeout: 120_000}, async () => {
    const id = `hl:${mapId}:s1:00000000-0000-4000-8000-000000000000:1.1`
    await sqlOn(placeOf('s2'), `BEGIN; SELECT hl_shards.arm('${id}', '${id}:s2', '{}'); PREPARE TRANSACTION '${id}:s2'`)
    onTestFinished(async () => {
      await sqlOn(placeOf('s2'), `ROLLBACK PREPARED '${id}:s2'`)
    })
    const {name} = await takeBarrier(places, {holdMs: 9_000})
    expect(name).toMatch(/^\d{8}T\d{6}\.\d{3}Z$/)
  })

  it('needs the schema of today on every shard, and a name that can be', {timeout: 120_000}, async () => {
    await expect(takeBarrier(places, {name: 'no good'})).rejects.toMatchObject({code: 'CONFIG_INVALID'})
    await sqlOn(placeOf('s2'), 'DROP FUNCTION hl_shards.hold_decisions')
    await expect(takeBarrier(places)).rejects.toMatchObject({
      code: 'SHARD_FAILED',
      shard: 's2',
      detail: {reason: 'NOT_INSTALLED'},
    })
  })
})
