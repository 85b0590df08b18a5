// The watch of the map on servers that are played: what it tells, and what it survives.
import {describe, expect, it, onTestFinished, vi} from 'vitest'
import {MapWatch, type MapWatchListener} from './map-watch.ts'
import {firstMap, placementsOf, withOwner, type ShardMap} from './shard-map.ts'
import type {LineClient, LineSource} from './source-line.ts'

type Row = Record<string, unknown>

/** One server: what it answers to the watch, its open connections, and what is wrong with it. */
class PlayedServer implements LineSource {
  map: ShardMap | null = null
  mapId = 'id-1'
  self: string | null = null
  /** Of slot_group where it differs from the map. */
  readonly own = new Map<number, Row>()
  isDown = false
  isSilent = false
  connects = 0
  readonly open = new Set<PlayedClient>()

  async connect(): Promise<LineClient> {
    this.connects++
    if (this.isDown) throw new Error('connection refused')
    const client = new PlayedClient(this)
    this.open.add(client)
    return client
  }

  answer(text: string): Row[] {
    if (text.startsWith('LISTEN')) return []
    if (text.includes('pg_control_system'))
      return [
        {system: '7', database: 'shop', started_at: this.self ?? 'catalog', installed: String(this.self !== null)},
      ]
    if (text.includes('hl_shards.self'))
      return [{shard: this.self, map_id: this.mapId, groups: JSON.stringify(this.#groups())}]
    if (text.includes('to_regclass')) return [{installed: String(this.map !== null)}]
    const map = this.map ?? firstMap(['a'])
    return [{map_id: this.mapId, shards: JSON.stringify(map.shards), placements: JSON.stringify(placementsOf(map))}]
  }

  notify(): void {
    for (const client of this.open) client.tell('notification')
  }

  /** All connections break. */
  cut(): void {
    for (const client of this.open) client.tell('error', new Error('cut'))
  }

  #groups(): Row[] {
    return placementsOf(this.map ?? firstMap(['a'])).map(
      ({group, shard, epoch}) =>
        this.own.get(group) ?? {group, state: shard === this.self ? 'o' : 'r', epoch, owner: shard},
    )
  }
}

class PlayedClient implements LineClient {
  readonly #server: PlayedServer
  readonly #listeners = new Map<string, (...given: unknown[]) => void>()

  constructor(server: PlayedServer) {
    this.#server = server
  }

  async query(text: string): Promise<{rows: Row[]}> {
    if (this.#server.isSilent) return new Promise(() => undefined)
    return {rows: this.#server.answer(text)}
  }

  on(event: string, listener: (...given: unknown[]) => void): this {
    this.#listeners.set(event, listener)
    return this
  }

  tell(event: string, ...given: unknown[]): void {
    this.#listeners.get(event)?.(...given)
  }

  release(): void {
    this.#server.open.delete(this)
  }
}

const map = firstMap(['a', 'b'])
/** All three know `map`; polling is so rare that only notices count, unless a test says otherwise. */
const play = (times: {pollMs?: number; retryMs?: number; timeoutMs?: number} = {}) => {
  const servers = {catalog: new PlayedServer(), a: new PlayedServer(), b: new PlayedServer()}
  for (const server of Object.values(servers)) server.map = map
  servers.a.self = 'a'
  servers.b.self = 'b'
  const listener = {
    onMap: vi.fn<NonNullable<MapWatchListener['onMap']>>(),
    onStanding: vi.fn<NonNullable<MapWatchListener['onStanding']>>(),
    onProblem: vi.fn<NonNullable<MapWatchListener['onProblem']>>(),
  }
  const watch = (): MapWatch => {
    const made = new MapWatch(
      {
        catalog: servers.catalog,
        shards: [
          {name: 'a', router: servers.a},
          {name: 'b', router: servers.b},
        ],
        pollMs: 600_000,
        retryMs: 5,
        timeoutMs: 60_000,
        ...times,
      },
      listener,
    )
    onTestFinished(() => made.end())
    return made
  }
  return {...servers, listener, watch}
}
/** A busy host is no failure. */
const poll = <T>(read: () => T) => expect.poll(read, {timeout: 20_000})

/** Both have answered with the map at hand. */
const serving = (watch: MapWatch) =>
  poll(() => [watch.standing('a').kind, watch.standing('b').kind]).toEqual(['serving', 'serving'])

describe('MapWatch', () => {
  it('reads the map and judges the shards', async () => {
    const {watch: start, listener} = play()
    const watch = start()
    expect(() => watch.current()).toThrow(expect.objectContaining({code: 'MAP_INVALID'}))
    expect(() => watch.requireServing('a')).toThrow(expect.objectContaining({code: 'SHARD_FAILED'}))
    expect(placementsOf(await watch.ready())).toEqual(placementsOf(map))
    await serving(watch)
    watch.requireServing('a')
    expect(watch.current()).toBe(await watch.ready())
    expect(listener.onMap).toHaveBeenCalledTimes(1)
    expect(listener.onProblem).not.toHaveBeenCalled()
  })

  it('tells of a newer map at once when the catalog notifies, and of nothing when nothing is newer', async () => {
    const {watch: start, catalog, a, b, listener} = play()
    const watch = start()
    await watch.ready()
    await serving(watch)
    for (const server of [a, b, catalog]) server.map = withOwner(map, 3, 'b')
    catalog.notify()
    await poll(() => watch.current().ownerOf(3 * 64)).toBe('b')
    catalog.notify()
    a.notify()
    await serving(watch)
    expect(listener.onMap).toHaveBeenCalledTimes(2)
  })

  it('learns from the new owner before the catalog tells', async () => {
    const {watch: start, b} = play()
    const watch = start()
    await watch.ready()
    await serving(watch)
    b.own.set(3, {group: 3, state: 'i', epoch: 1, owner: 'a'})
    b.notify()
    b.own.set(3, {group: 3, state: 'o', epoch: 2, owner: 'b'})
    b.notify()
    await poll(() => watch.current().epochOf(3)).toBe(2)
    expect(watch.current().ownerOf(3 * 64)).toBe('b')
  })

  it('learns from a refusal, and never goes back', async () => {
    const {watch: start} = play()
    const watch = start()
    await watch.ready()
    watch.learn({group: 3, shard: 'b', epoch: 2})
    expect(watch.current().ownerOf(3 * 64)).toBe('b')
    watch.learn({group: 3, shard: 'a', epoch: 1})
    watch.learn({group: 3, shard: 'stranger', epoch: 9})
    expect([watch.current().ownerOf(3 * 64), watch.current().epochOf(3)]).toEqual(['b', 2])
  })

  it('polls where notices are lost', async () => {
    const {watch: start, catalog, a, b} = play({pollMs: 5})
    const watch = start()
    await watch.ready()
    for (const server of [a, b, catalog]) server.map = withOwner(map, 3, 'b')
    await poll(() => watch.current().ownerOf(3 * 64)).toBe('b')
  })

  it('keeps the map while the catalog is gone, and goes on when it is back', async () => {
    const {watch: start, catalog, a, b, listener} = play()
    const watch = start()
    await watch.ready()
    catalog.isDown = true
    catalog.cut()
    await poll(() => listener.onProblem.mock.calls.length).toBeGreaterThan(2)
    expect(watch.current().ownerOf(3 * 64)).toBe('a')
    for (const server of [a, b, catalog]) server.map = withOwner(map, 3, 'b')
    catalog.isDown = false
    await poll(() => watch.current().ownerOf(3 * 64)).toBe('b')
  })

  it('replaces a connection on which nothing is answered', async () => {
    const {watch: start, catalog, a, b, listener} = play({timeoutMs: 20})
    const watch = start()
    await watch.ready()
    catalog.isSilent = true
    catalog.notify()
    await poll(() => catalog.connects).toBeGreaterThan(2)
    expect(listener.onProblem).toHaveBeenCalledWith(null, expect.objectContaining({message: 'no answer within 20 ms'}))
    for (const server of [a, b, catalog]) server.map = withOwner(map, 3, 'b')
    catalog.isSilent = false
    await poll(() => watch.current().ownerOf(3 * 64)).toBe('b')
    expect(catalog.open.size).toBe(1)
  })

  it('takes nothing back from a catalog that was set back, and takes no other cluster', async () => {
    const {watch: start, catalog, a, b, listener} = play()
    for (const server of [a, b, catalog]) server.map = withOwner(map, 3, 'b')
    const watch = start()
    await watch.ready()
    await serving(watch)
    catalog.map = map
    catalog.notify()
    catalog.mapId = 'id-2'
    catalog.notify()
    await poll(() => listener.onProblem.mock.calls.length).toBe(1)
    expect(listener.onProblem).toHaveBeenCalledWith(null, expect.objectContaining({code: 'MAP_INVALID'}))
    expect(watch.current().ownerOf(3 * 64)).toBe('b')
    expect(watch.standing('a').kind).toBe('serving')
  })

  it('quarantines a shard that was set back, and lets it serve when it has caught up', async () => {
    const {watch: start, catalog, a, b, listener} = play()
    for (const server of [a, b, catalog]) server.map = withOwner(map, 3, 'b')
    const watch = start()
    await watch.ready()
    await serving(watch)
    a.map = map
    a.cut()
    await poll(() => watch.standing('a').kind).toBe('behind')
    expect(() => watch.requireServing('a')).toThrow(expect.objectContaining({code: 'QUARANTINED', shard: 'a'}))
    expect(watch.current().ownerOf(3 * 64)).toBe('b')
    a.map = withOwner(map, 3, 'b')
    a.notify()
    await serving(watch)
    expect(listener.onStanding.mock.calls.filter(([shard]) => shard === 'a').map(([, {kind}]) => kind)).toEqual([
      'serving',
      'behind',
      'serving',
    ])
  })

  it('asks a shard that is doubted on another connection, which leads to the primary that is', async () => {
    const {watch: start, catalog, a, b, listener} = play()
    for (const server of [a, b, catalog]) server.map = withOwner(map, 3, 'b')
    const watch = start()
    await watch.ready()
    await serving(watch)
    const [old] = a.open
    const asked = vi.spyOn(old ?? new PlayedClient(a), 'query')
    const {connects} = a
    watch.doubt('a')
    expect(watch.standing('a').kind).toBe('unknown')
    await serving(watch)
    expect([a.connects, a.open.size, asked.mock.calls.length]).toEqual([connects + 1, 1, 0])
    expect(listener.onProblem).not.toHaveBeenCalled()
  })

  it('finds another shard at the address of one', async () => {
    const {watch: start, a} = play()
    a.self = 'b'
    const watch = start()
    await poll(() => watch.standing('a').kind).toBe('wrong')
    expect(() => watch.requireServing('a')).toThrow(expect.objectContaining({code: 'WRONG_SHARD', shard: 'a'}))
  })

  it('says that there is no map, and that one names what is not configured', async () => {
    const {watch: start, catalog, listener} = play()
    catalog.map = null
    const watch = start()
    await poll(() => listener.onProblem.mock.calls.length).toBe(1)
    expect(listener.onProblem).toHaveBeenLastCalledWith(null, expect.objectContaining({code: 'MAP_INVALID'}))
    catalog.map = firstMap(['a', 'b', 'c'])
    catalog.notify()
    await watch.ready()
    expect(listener.onProblem).toHaveBeenLastCalledWith(null, expect.objectContaining({code: 'CONFIG_INVALID'}))
    expect(catalog.connects).toBe(1)
  })

  it('leaves nothing behind at its end, whatever state it is in', async () => {
    const {watch: start, catalog, a, b, listener} = play()
    a.isDown = true
    b.isSilent = true
    const watch = start()
    const ready = watch.ready()
    await ready
    await watch.end()
    expect([catalog.open.size, a.open.size, b.open.size]).toEqual([0, 0, 0])
    const told = listener.onProblem.mock.calls.length
    const {connects} = a
    catalog.notify()
    await watch.end()
    expect([listener.onProblem.mock.calls.length, a.connects]).toEqual([told, connects])
    expect(() => watch.current()).toThrow(expect.objectContaining({code: 'ENDED'}))
  })

  it('rejects whoever waits for a first map at its end', async () => {
    const {watch: start, catalog} = play()
    catalog.isSilent = true
    const watch = start()
    const ready = expect(watch.ready()).rejects.toMatchObject({code: 'ENDED'})
    await watch.end()
    await ready
  })

  it('refuses shards that are none or twice', () => {
    const {catalog, a} = play()
    for (const names of [[], ['a', 'a']])
      expect(() => new MapWatch({catalog, shards: names.map(name => ({name, router: a}))})).toThrow(
        expect.objectContaining({code: 'CONFIG_INVALID'}),
      )
  })
})
