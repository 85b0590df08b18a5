// The map on real servers: written, watched, lost and found again.
import pg from 'pg'
import {afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished} from 'vitest'
import {Router} from '../../../src/router/index.ts'
import {MapWatch, type MapWatchListener, type MapWatchOptions} from '../../../src/shards/map/map-watch.ts'
import {readCatalog, readShardState, type StateQuery} from '../../../src/shards/map/read-state.ts'
import {buildMap, firstMap, placementsOf, withOwner} from '../../../src/shards/map/shard-map.ts'
import {installSchema, writeMap, type MapServer} from '../../../src/shards/map/write-map.ts'
import {useServers, type TestServers} from '../router/servers.ts'
import {routerOptions} from '../router/use-router.ts'

// Three shards on two machines: a and b as databases of one, c on another with the same system_identifier.
const one = useServers('shard-map', {standbys: 0})
const other = useServers('shard-map-c', {standbys: 0})

const databaseOf: Readonly<Record<string, readonly [TestServers, string]>> = {
  catalog: [one, 'catalog'],
  a: [one, 'a'],
  b: [one, 'b'],
  c: [other, 'c'],
  // What the others are made of: the schema, and no map.
  blank: [one, 'blank'],
}
const routers: Router[] = []
/** A router to a shard's database, as its owner. */
const routerTo = (name: string): Router => {
  const [servers, database] = databaseOf[name] ?? [one, 'shop']
  // Shorter than what is polled for: a database that is gone is told when nobody waits for it any more.
  const router = new Router({...routerOptions(servers), waitMs: 8_000, database, application_name: 'map-test'})
  routers.push(router)
  return router
}
const queryOf =
  (name: string): StateQuery =>
  async (text, values = []) => {
    const [servers, database] = databaseOf[name] ?? [one, 'shop']
    const {host, port} = servers.primary
    const client = new pg.Client({...servers.connection, host, port, database})
    await client.connect()
    try {
      return await client.query(text, [...values])
    } finally {
      await client.end()
    }
  }
const serverOf = (name: string): MapServer => ({name, query: queryOf(name)})
const watch = (listener: MapWatchListener = {}, options: Partial<MapWatchOptions> = {}): MapWatch => {
  const made = new MapWatch(
    {
      catalog: routerTo('catalog'),
      shards: ['a', 'b'].map(name => ({name, router: routerTo(name)})),
      // Only notices count, unless a test says otherwise.
      pollMs: 600_000,
      retryMs: 20,
      ...options,
    },
    listener,
  )
  onTestFinished(() => made.end())
  return made
}
const serving = (made: MapWatch): Promise<unknown> =>
  expect.poll(() => [made.standing('a').kind, made.standing('b').kind]).toEqual(['serving', 'serving'])
const names = ['a', 'b']
const map = firstMap(names)
const servers = names.map(serverOf)
/** As a move of group 3 from a to b does it; the catalog is not told. */
const move = async (): Promise<void> => {
  await queryOf('a')(`SELECT hl_shards.flip_group(3, 'o', 'm', 1, 'b')`)
  await queryOf('b')(`SELECT hl_shards.flip_group(3, 'r', 'i', 1, 'a', 1)`)
  await queryOf('b')(`SELECT hl_shards.flip_group(3, 'i', 'o', 1, 'b', 2)`)
  await queryOf('a')(`SELECT hl_shards.flip_group(3, 'm', 'r', 2, 'b', 2)`)
}

const create = async (name: string, template = 'template1'): Promise<void> => {
  const [on, database] = databaseOf[name] ?? [one, 'shop']
  await on.sql(on.primary, `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`)
  await on.sql(on.primary, `CREATE DATABASE ${database} OWNER app TEMPLATE ${template}`)
}
beforeAll(async () => {
  await create('blank')
  await installSchema(queryOf('blank'))
})
beforeEach(async () => Promise.all([create('c'), ...['catalog', 'a', 'b'].map(async name => create(name, 'blank'))]))
afterEach(async () => {
  await Promise.all(routers.splice(0).map(router => router.end()))
  await expect.poll(() => one.connections(one.primary, 'map-test')).toBe(0)
})

describe('writeMap', () => {
  it('gives each shard its groups and the catalog the map, as the owner of the databases', async () => {
    expect(await readCatalog(queryOf('catalog'))).toBeNull()
    const mapId = await writeMap(queryOf('catalog'), servers, map)
    const read = await readCatalog(queryOf('catalog'))
    expect(read?.mapId).toBe(mapId)
    expect(placementsOf(read?.map ?? firstMap(['x']))).toEqual(placementsOf(map))
    const state = await readShardState(queryOf('b'))
    expect(state.self).toEqual({shard: 'b', mapId})
    expect(state.groups.filter(group => group.state === 'o').map(({group}) => group)).toEqual(map.groupsOf('b'))
    expect(await writeMap(queryOf('catalog'), servers, map)).toBe(mapId)
  })

  it.each([1, 2, 3, 4])('goes on where it was stopped, at its statement %i', async stopAt => {
    let writes = 0
    const stopping =
      (query: StateQuery): StateQuery =>
      async (text, values) => {
        if (!/^SELECT (?!hl_shards\.(take|put))/.test(text) && ++writes === stopAt) throw new Error('stopped')
        return query(text, values)
      }
    await expect(
      writeMap(
        stopping(queryOf('catalog')),
        servers.map(({name, query}) => ({name, query: stopping(query)})),
        map,
      ),
    ).rejects.toThrow('stopped')
    expect(await readCatalog(queryOf('catalog'))).toBeNull()
    const mapId = await writeMap(queryOf('catalog'), servers, map)
    expect((await readCatalog(queryOf('catalog')))?.mapId).toBe(mapId)
    expect((await readShardState(queryOf('a'))).self?.mapId).toBe(mapId)
  })

  it('tells of a group that was moved, and adds a shard on a copy of the same cluster', async () => {
    await writeMap(queryOf('catalog'), servers, map)
    await move()
    const moved = withOwner(map, 3, 'b')
    await writeMap(queryOf('catalog'), servers, moved)
    expect((await readCatalog(queryOf('catalog')))?.map.ownerOf(3 * 64)).toBe('b')
    await installSchema(queryOf('c'))
    const wider = buildMap(['a', 'b', 'c'], placementsOf(moved))
    await writeMap(queryOf('catalog'), [...servers, serverOf('c')], wider)
    expect((await readCatalog(queryOf('catalog')))?.map.shards).toEqual(['a', 'b', 'c'])
    expect((await readShardState(queryOf('c'))).groups.every(({state}) => state === 'r')).toBe(true)
  })

  it('refuses what does not follow from what the servers know, and changes nothing', async () => {
    await writeMap(queryOf('catalog'), servers, map)
    await move()
    await expect(writeMap(queryOf('catalog'), servers, map)).rejects.toMatchObject({code: 'MAP_INVALID', shard: 'a'})
    await expect(writeMap(queryOf('catalog'), servers, withOwner(map, 5, 'b'))).rejects.toMatchObject({
      code: 'MAP_INVALID',
    })
    await expect(writeMap(queryOf('catalog'), servers, firstMap(['b', 'a', 'c']))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    })
    const backwards = [serverOf('b'), serverOf('a')].map(({query}, index) => ({name: names[index] ?? '', query}))
    await expect(writeMap(queryOf('catalog'), backwards, withOwner(map, 3, 'b'))).rejects.toMatchObject({
      code: 'WRONG_SHARD',
    })
    expect((await readCatalog(queryOf('catalog')))?.map.epoch).toBe(64)
    await writeMap(queryOf('catalog'), servers, withOwner(map, 3, 'b'))
    await expect(writeMap(queryOf('catalog'), servers, map)).rejects.toMatchObject({code: 'MAP_INVALID', shard: null})
  })

  it('gives no group to a shard that is added while another has it', async () => {
    await writeMap(queryOf('catalog'), servers, map)
    await installSchema(queryOf('c'))
    const taking = withOwner(buildMap(['a', 'b', 'c'], placementsOf(map)), 5, 'c')
    await expect(writeMap(queryOf('catalog'), [serverOf('c'), ...servers], taking)).rejects.toMatchObject({
      code: 'MAP_INVALID',
    })
    expect((await readShardState(queryOf('c'))).self).toBeNull()
  })

  it('refuses two shards that are one database', async () => {
    const twins = names.map(name => ({name, query: queryOf('a')}))
    await expect(writeMap(queryOf('catalog'), twins, map)).rejects.toMatchObject({
      code: 'WRONG_SHARD',
      message: expect.stringContaining('one database'),
    })
    expect((await readShardState(queryOf('a'))).self).toBeNull()
  })
})

describe('MapWatch', () => {
  beforeEach(async () => {
    await writeMap(queryOf('catalog'), servers, map)
  })

  it('gives the map, and a newer one from the shards and from the catalog', async () => {
    const epochs: number[] = []
    const made = watch({onMap: ({epoch}) => epochs.push(epoch)})
    expect(placementsOf(await made.ready())).toEqual(placementsOf(map))
    await serving(made)
    await move()
    await expect.poll(() => made.current().ownerOf(3 * 64)).toBe('b')
    expect((await readCatalog(queryOf('catalog')))?.map.ownerOf(3 * 64)).toBe('a')
    await writeMap(queryOf('catalog'), servers, withOwner(map, 3, 'b'))
    await serving(made)
    expect(epochs).toEqual([64, 65])
  })

  it('begins before there is a map, and is told of the first', async () => {
    await queryOf('catalog')('DELETE FROM hl_shards.map')
    const problems: unknown[] = []
    const made = watch({onProblem: (_, error) => problems.push(error)})
    await expect.poll(() => problems.length).toBeGreaterThan(0)
    await writeMap(queryOf('catalog'), servers, map)
    expect((await made.ready()).epoch).toBe(64)
  })

  it('takes no map with a hole, and none from elsewhere instead', async () => {
    await queryOf('catalog')('DELETE FROM hl_shards.map WHERE slot_group = 5')
    await expect(readCatalog(queryOf('catalog'))).rejects.toMatchObject({code: 'MAP_INVALID'})
    const problems: unknown[] = []
    const made = watch({onProblem: (_, error) => problems.push(error)})
    const hole = {code: 'MAP_INVALID', message: expect.stringContaining('no shard owns group 5') as string}
    await expect.poll(() => problems[0]).toMatchObject(hole)
    expect(() => made.current()).toThrow(expect.objectContaining({code: 'MAP_INVALID'}))
    await queryOf('catalog')(`INSERT INTO hl_shards.map VALUES (5, 'a', 1)`)
    made.kick()
    expect((await made.ready()).ownerOf(5 * 64)).toBe('a')
  })

  it('survives that all its connections are ended', async () => {
    const made = watch()
    await made.ready()
    await serving(made)
    await one.sql(
      one.primary,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'map-test'`,
    )
    await move()
    await expect.poll(() => made.current().ownerOf(3 * 64)).toBe('b')
  })

  it('that starts while the catalog is gone has the map from the shards', async () => {
    await one.sql(one.primary, 'DROP DATABASE catalog WITH (FORCE)')
    const made = watch()
    expect(placementsOf(await made.ready())).toEqual(placementsOf(map))
    await serving(made)
  })

  it('keeps the map and hears of moves while the catalog is gone', async () => {
    const problems: (string | null)[] = []
    const made = watch({onProblem: shard => problems.push(shard)})
    await made.ready()
    await serving(made)
    await one.sql(one.primary, 'DROP DATABASE catalog WITH (FORCE)')
    await expect.poll(() => problems.includes(null)).toBe(true)
    await move()
    await expect.poll(() => made.current().ownerOf(3 * 64)).toBe('b')
  })

  it('goes on after a restart of the server', async () => {
    const made = watch()
    await made.ready()
    await serving(made)
    await one.restart(one.primary, 'immediate')
    await move()
    await expect.poll(() => made.current().ownerOf(3 * 64)).toBe('b')
  })

  it('quarantines a shard that was set back to before a move', async () => {
    await queryOf('a')('CREATE TABLE hl_shards.kept AS TABLE hl_shards.slot_group')
    await move()
    await writeMap(queryOf('catalog'), servers, withOwner(map, 3, 'b'))
    await queryOf('a')(
      'UPDATE hl_shards.slot_group s SET state = k.state, epoch = k.epoch, owner = k.owner FROM hl_shards.kept k WHERE k.slot_group = s.slot_group',
    )
    const made = watch()
    await made.ready()
    await expect.poll(() => made.standing('a').kind).toBe('behind')
    expect(() => made.requireServing('a')).toThrow(expect.objectContaining({code: 'QUARANTINED'}))
    await expect.poll(() => made.standing('b').kind).toBe('serving')
  })

  it('finds two shards whose addresses are one, and those that are exchanged', async () => {
    const same = watch({}, {shards: names.map(name => ({name, router: routerTo('a')}))})
    await same.ready()
    await expect.poll(() => [same.standing('a').kind, same.standing('b').kind]).toEqual(['serving', 'wrong'])
    const exchanged = watch({}, {shards: names.map(name => ({name, router: routerTo(name === 'a' ? 'b' : 'a')}))})
    await exchanged.ready()
    await expect.poll(() => exchanged.standing('a').reason).toContain('is the shard b')
  })

  it('takes the pools of pg as well', async () => {
    const pools = ['catalog', 'a', 'b'].map(name => {
      const {host, port} = one.primary
      const pool = new pg.Pool({...one.connection, host, port, database: name})
      pool.on('error', () => undefined)
      return pool
    })
    const [catalog, a, b] = pools
    if (catalog === undefined || a === undefined || b === undefined) throw new Error('three pools')
    const made = watch(
      {},
      {
        catalog,
        shards: [
          {name: 'a', router: a},
          {name: 'b', router: b},
        ],
      },
    )
    await made.ready()
    await serving(made)
    await move()
    await expect.poll(() => made.current().ownerOf(3 * 64)).toBe('b')
    await made.end()
    await Promise.all(pools.map(pool => pool.end()))
  })

  it('ends while a server is frozen', async () => {
    const made = watch()
    await made.ready()
    await serving(made)
    await one.pause(one.primary)
    try {
      made.kick()
      await made.end()
    } finally {
      await one.unpause(one.primary)
    }
  })
})
