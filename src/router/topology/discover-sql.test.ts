// Servers asked by SQL, against fakes over TCP: what is told, when, and of what nothing is told any more. Not here: the
// decision (watch.test.ts), a real server.
import {createServer as createHttpServer} from 'node:http'
import {createServer, type AddressInfo, type Socket} from 'node:net'
import {describe, expect, it, onTestFinished} from 'vitest'
import {FakePostgres} from '../../../test/fakes/fake-postgres.ts'
import {chooseDiscovery} from './choose-discovery.ts'
import {DnsDiscovery, type Resolve} from './discover-dns.ts'
import type {Discovery, DiscoveryListener} from './discovery.ts'
import type {NodeStatus} from './parse-patroni.ts'
import type {Connect} from './sql-line.ts'
import {topologySettingsOf, type TopologyOptions} from './topology-options.ts'

/** A bound that is not met by accident on a busy machine; who tests the bound sets `short`. */
const times = {pollMs: 20, fastPollMs: 5, timeoutMs: 5_000}
const short = {timeoutMs: 150}
const slow = {...times, pollMs: 60_000, evidenceTtlMs: 60_000}
const access: Connect = ({host, port}) => ({
  host,
  port,
  user: 'app',
  password: 'secret',
  database: 'app',
  application_name: 'shop',
})

/** All that was told, and the last word of each node. */
class Told implements DiscoveryListener {
  readonly events: string[] = []
  readonly statuses: (NodeStatus & {readonly askedMs: number; readonly toldMs: number})[] = []
  readonly addresses = new Map<string, string>()
  isUrgentNow = false

  onStatus(status: NodeStatus, askedMs: number): void {
    this.statuses.push({...status, askedMs, toldMs: performance.now()})
  }

  onView(source: string, view: Parameters<DiscoveryListener['onView']>[1]): void {
    this.addresses.set(source, [...view.addresses].map(([node, {host, port}]) => `${node}=${host},${port}`).join(' '))
    expect(view.leader).toBeNull()
  }

  onGone = (node: string): number => this.events.push(`gone ${node}`)
  onBroken = (node: string): number => this.events.push(`broken ${node}`)
  onFailure = (url: string, error: string): number => this.events.push(`failed ${url}: ${error}`)
  onRecovery = (url: string): number => this.events.push(`recovered ${url}`)
  onAsked = (): void => undefined
  isUrgent = (): boolean => this.isUrgentNow

  last(node: string): Partial<NodeStatus> {
    return this.statuses.findLast(status => status.node === node) ?? {}
  }
}

function start(discovery: Discovery): void {
  discovery.start()
  onTestFinished(() => discovery.stop())
}

async function server(...state: ConstructorParameters<typeof FakePostgres>): Promise<FakePostgres> {
  const made = await new FakePostgres(...state).listen()
  onTestFinished(() => made.stop())
  return made
}

/** Monitors of these servers, as the options would have it. */
function watching(
  hosts: readonly (string | FakePostgres)[],
  options: Partial<TopologyOptions> = {},
  connect = access,
): {readonly told: Told; readonly discovery: Discovery} {
  const told = new Told()
  const settings = topologySettingsOf({
    ...times,
    ...options,
    hosts: hosts.map(each => (typeof each === 'string' ? each : each.host)),
  })
  const discovery = chooseDiscovery(settings, connect)(told)
  start(discovery)
  return {told, discovery}
}

function eventually<T>(look: () => T): ReturnType<typeof expect.poll<T>> {
  return expect.poll(look, {timeout: 5_000, interval: 5})
}

/** Something that is no PostgreSQL; its `host:port`. */
async function stranger(onConnection: (socket: Socket) => void): Promise<string> {
  const made = createServer(onConnection.bind(null))
  await new Promise<void>(resolve => made.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void made.close())
  return `127.0.0.1:${(made.address() as AddressInfo).port}`
}

async function httpServer(): Promise<string> {
  const made = createHttpServer((_request, response) => response.end('hello'))
  await new Promise<void>(resolve => made.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void made.close())
  return `127.0.0.1:${(made.address() as AddressInfo).port}`
}

describe('a server asked by SQL', () => {
  it('tells its role, timeline and position, over one connection with a name of its own', async () => {
    const [primary, standby] = [
      await server({recovering: false, timeline: 3, position: 5_000}),
      await server({timeline: 3, position: 4_000, received: 4_500, paused: true}),
    ]
    const {told} = watching([primary, standby])
    await eventually(() => told.statuses.length).toBeGreaterThan(6)
    expect(told.last(primary.host)).toMatchObject({
      role: 'primary',
      running: true,
      timeline: 3,
      position: 5_000,
      received: null,
      replayPaused: false,
      server: primary.state.startedAt,
    })
    expect(told.last(standby.host)).toMatchObject({
      role: 'standby',
      timeline: 3,
      position: 4_000,
      received: 4_500,
      replayPaused: true,
    })
    expect(told.addresses.get('hosts')).toBe(
      `${primary.host}=127.0.0.1,${primary.port} ${standby.host}=127.0.0.1,${standby.port}`,
    )
    expect(primary.startups).toHaveLength(1)
    expect(primary.startups[0]).toContain('application_name\0shop monitor\0')
    expect(told.events).toEqual([])
    for (const {askedMs, toldMs} of told.statuses) expect(askedMs).toBeLessThanOrEqual(toldMs)
  })

  it('is a primary as soon as it says so', async () => {
    const standby = await server({timeline: 3})
    const {told} = watching([standby])
    await eventually(() => told.last(standby.host).role).toBe('standby')
    Object.assign(standby.state, {recovering: false, timeline: 4})
    await eventually(() => told.last(standby.host)).toMatchObject({role: 'primary', timeline: 4})
    expect(standby.startups).toHaveLength(1)
  })

  it('is asked again at once when it reports another role, however long the poll', async () => {
    const standby = await server()
    standby.onQuestion = 'promotes'
    const {told} = watching([standby], slow)
    await eventually(() => told.statuses.map(({role, timeline}) => `${role} ${timeline}`)).toEqual([
      'standby 1',
      'primary 2',
    ])
  })

  it('is asked at once and fast after a kick, and not flooded by more kicks', async () => {
    const one = await server()
    const {told, discovery} = watching([one], {...slow, fastPollMs: 50})
    await eventually(() => told.statuses.length).toBe(1)
    discovery.kick()
    await eventually(() => told.statuses.length).toBeGreaterThan(2)
    const before = one.questions.length
    const startedMs = performance.now()
    while (performance.now() - startedMs < 200) {
      discovery.kick()
      await new Promise(resolve => setImmediate(resolve))
    }
    expect(one.questions.length - before).toBeLessThanOrEqual(1 + (performance.now() - startedMs) / 50)
  })

  it('is asked fast while there is no primary', async () => {
    const one = await server()
    const told = new Told()
    told.isUrgentNow = true
    start(chooseDiscovery(topologySettingsOf({...slow, hosts: [one.host]}), access)(told))
    await eventually(() => told.statuses.length).toBeGreaterThan(5)
  })

  it('does not wait for one that hangs', async () => {
    const [hung, well] = [await server(), await server()]
    hung.onQuestion = 'hangs'
    const {told} = watching([hung, well])
    await eventually(() => told.statuses.length).toBeGreaterThan(5)
    expect(hung.questions).toHaveLength(1)
  })

  it('tells nothing any more once it is stopped, and leaves no connection', async () => {
    const [asked, mute] = [await server(), await server()]
    asked.onQuestion = 'hangs'
    mute.onConnect = 'mute'
    const {told, discovery} = watching([asked, mute])
    await eventually(() => asked.questions.length + mute.startups.length).toBe(2)
    discovery.stop()
    await eventually(() => asked.sockets.size + mute.sockets.size).toBe(0)
    expect([told.events, told.statuses]).toEqual([[], []])
  })
})

describe('a server that cannot be asked', () => {
  it('fails within the bound when it hangs, and is connected to anew', async () => {
    const hung = await server()
    const {told} = watching([hung], short)
    await eventually(() => told.statuses.length).toBeGreaterThan(1)
    const startedMs = performance.now()
    hung.onQuestion = 'hangs'
    await eventually(() => told.events).toEqual([
      `failed postgres://${hung.host}: no answer within 150 ms`,
      `broken ${hung.host}`,
    ])
    expect(performance.now() - startedMs).toBeGreaterThan(150)
    expect(performance.now() - startedMs).toBeLessThan(3_000)
    hung.onQuestion = 'answers'
    await eventually(() => told.events.at(-1)).toBe(`recovered postgres://${hung.host}`)
    expect(hung.startups.length).toBeGreaterThan(1)
    await eventually(() => hung.sockets.size).toBe(1)
  })

  it('fails within the bound when it takes the connection and says nothing', async () => {
    const mute = await server()
    mute.onConnect = 'mute'
    const {told} = watching([mute], short)
    await eventually(() => told.events).toEqual([`failed postgres://${mute.host}: no answer within 150 ms`])
    await eventually(() => mute.startups.length).toBeGreaterThan(1)
    mute.onConnect = 'welcome'
    await eventually(() => told.last(mute.host).role).toBe('standby')
  })

  it.each([
    ['28P01', 'password authentication failed for user "app"'],
    ['3D000', 'database "app" does not exist'],
    ['57P03', 'the database system is starting up'],
  ])('says why once, however often it is tried: %s', async (code, text) => {
    const refusing = await server()
    refusing.onConnect = {code, message: text}
    const {told} = watching([refusing])
    await eventually(() => refusing.startups.length).toBeGreaterThan(3)
    expect(told.events).toEqual([`failed postgres://${refusing.host}: ${text} (${code})`])
    refusing.onConnect = 'welcome'
    await eventually(() => told.events.at(-1)).toBe(`recovered postgres://${refusing.host}`)
  })

  it('says again when the reason changes', async () => {
    const changing = await server()
    changing.onConnect = {code: '57P03', message: 'the database system is starting up'}
    const {told} = watching([changing])
    await eventually(() => told.events.length).toBe(1)
    changing.onConnect = {code: '28P01', message: 'password authentication failed'}
    await eventually(() => told.events.length).toBe(2)
    await changing.stop()
    await eventually(() => told.events.at(-1)).toContain('nobody listens there (ECONNREFUSED)')
    expect(told.events).toHaveLength(3)
  })

  it('is not PostgreSQL: HTTP', async () => {
    const host = await httpServer()
    const {told} = watching([host])
    await eventually(() => told.events).toEqual([
      `failed postgres://${host}: the server does not speak PostgreSQL: its answer begins with "HTTP/1.1 400 Bad Request"`,
    ])
  })

  it('is not PostgreSQL: one that greets first', async () => {
    const host = await stranger(socket => socket.on('error', () => undefined).write('SSH-2.0-OpenSSH_9.2\r\n'))
    const {told} = watching([host])
    await eventually(() => told.events).toEqual([
      `failed postgres://${host}: the server does not speak PostgreSQL: its answer begins with "SSH-2.0-OpenSSH_9.2.."`,
    ])
  })

  it('closes at once', async () => {
    const host = await stranger(socket => socket.end())
    const {told} = watching([host])
    await eventually(() => told.events).toEqual([`failed postgres://${host}: the server closed the connection`])
  })

  it('has no address: the function that says how to connect throws', async () => {
    const {told} = watching(['db1'], {}, () => {
      throw new Error('no way to db1')
    })
    await eventually(() => told.events).toEqual(['failed postgres://db1:5432: no way to db1'])
  })

  it('answers with something else than was asked', async () => {
    const other = await server()
    other.row = ['yes', '1']
    const {told} = watching([other])
    await eventually(() => told.events).toEqual([
      `failed postgres://${other.host}: the answer is not one of PostgreSQL 10 or later`,
    ])
  })

  it('refuses the question', async () => {
    const other = await server()
    other.onQuestion = {code: '42501', message: 'permission denied for function pg_control_checkpoint'}
    const {told} = watching([other])
    await eventually(() => told.events).toEqual([
      `failed postgres://${other.host}: permission denied for function pg_control_checkpoint (42501)`,
    ])
  })

  it('is back as soon as it listens', async () => {
    const away = await server()
    await away.stop()
    const {told} = watching([away])
    await eventually(() => told.events).toEqual([`failed postgres://${away.host}: nobody listens there (ECONNREFUSED)`])
    await away.listen()
    await eventually(() => told.events.at(-1)).toBe(`recovered postgres://${away.host}`)
  })
})

describe('a connection that the server ends', () => {
  it.each([
    [
      'with a word',
      (one: FakePostgres) => one.terminate(),
      'terminating connection due to administrator command (57P01)',
    ],
    ['without', (one: FakePostgres) => one.cut(), 'the server closed the connection'],
  ])('is told at once %s, and all servers are asked at once', async (_what, end, text) => {
    const [ended, other] = [await server(), await server()]
    const {told} = watching([ended, other], slow)
    await eventually(() => told.statuses.length).toBe(2)
    end(ended)
    await eventually(() => told.statuses.filter(({node}) => node === other.host).length).toBeGreaterThan(1)
    await eventually(() => told.events).toEqual([
      `failed postgres://${ended.host}: ${text}`,
      `broken ${ended.host}`,
      `recovered postgres://${ended.host}`,
    ])
    expect(ended.startups).toHaveLength(2)
  })
})

it('a server that closes every connection after an answer is not stormed', async () => {
  const one = await server()
  one.onQuestion = 'closes'
  watching([one], {...slow, fastPollMs: 50})
  const startedMs = performance.now()
  await eventually(() => performance.now() - startedMs).toBeGreaterThan(400)
  expect(one.startups.length).toBeGreaterThan(2)
  expect(one.startups.length).toBeLessThanOrEqual(4 + (performance.now() - startedMs) / 50)
})

describe('a name', () => {
  const ok =
    (...addresses: string[]): Resolve =>
    async () =>
      addresses

  async function twoServers(): Promise<readonly [FakePostgres, FakePostgres]> {
    const one = await server()
    const two = await new FakePostgres({}, '127.0.0.2', one.port).listen()
    onTestFinished(() => two.stop())
    return [one, two]
  }

  function behind(
    port: number,
    resolve: Resolve,
    refreshMs = 10,
    bound = times,
  ): {readonly told: Told; readonly discovery: Discovery; resolve: Resolve; asked: number} {
    const told = new Told()
    const name = {told, resolve, asked: 0}
    const discovery = new DnsDiscovery(
      {name: 'db.example', port, refreshMs},
      {connect: access, times: bound},
      told,
      async wanted => {
        expect(wanted).toBe('db.example')
        name.asked++
        return await name.resolve(wanted)
      },
    )
    start(discovery)
    return Object.assign(name, {discovery})
  }

  it('gives servers, which come and go with its addresses', async () => {
    const [one, two] = await twoServers()
    const name = behind(one.port, ok('127.0.0.1', '127.0.0.1'))
    await eventually(() => name.told.last(one.host).role).toBe('standby')
    expect(name.told.addresses.get('dns:db.example')).toBe(`${one.host}=127.0.0.1,${one.port}`)
    name.resolve = ok('127.0.0.2', '127.0.0.1')
    await eventually(() => name.told.last(two.host).role).toBe('standby')
    expect(one.startups).toHaveLength(1)
    name.resolve = ok('127.0.0.2')
    await eventually(() => name.told.events).toEqual([`gone ${one.host}`])
    await eventually(() => one.sockets.size).toBe(0)
    const told = name.told.statuses.filter(({node}) => node === one.host).length
    await eventually(() => two.questions.length).toBeGreaterThan(5)
    expect(name.told.statuses.filter(({node}) => node === one.host)).toHaveLength(told)
  })

  it.each<readonly [string, Resolve, string]>([
    [
      'stops resolving',
      () => Promise.reject(Object.assign(new Error('getaddrinfo ENOTFOUND db.example'), {code: 'ENOTFOUND'})),
      'the name does not resolve (ENOTFOUND)',
    ],
    ['has no address any more', ok(), 'the name has no address'],
    ['is not answered for', () => new Promise(() => undefined), 'the name service does not answer within 150 ms'],
  ])('that %s keeps its servers, and is told once', async (_what, broken, text) => {
    const one = await server()
    const name = behind(one.port, ok('127.0.0.1'), 10, {...times, ...(text.includes('150') ? short : {})})
    await eventually(() => name.told.statuses.length).toBeGreaterThan(0)
    name.resolve = broken
    await eventually(() => name.told.events).toEqual([`failed dns:db.example: ${text}`])
    const before = name.told.statuses.length
    await eventually(() => name.told.statuses.length).toBeGreaterThan(before + 5)
    expect(name.told.events).toHaveLength(1)
  })

  it('that resolves again is told', async () => {
    const one = await server()
    const name = behind(one.port, () =>
      Promise.reject(Object.assign(new Error('getaddrinfo EAI_AGAIN'), {code: 'EAI_AGAIN'})),
    )
    await eventually(() => name.told.events).toEqual([
      'failed dns:db.example: the name service does not answer (EAI_AGAIN)',
    ])
    name.resolve = ok('127.0.0.1')
    await eventually(() => name.told.events.at(-1)).toBe('recovered dns:db.example')
    await eventually(() => name.told.last(one.host).role).toBe('standby')
  })

  it('is looked up by one question at a time, and a late answer counts', async () => {
    const one = await server()
    const {promise, resolve: answer} = Promise.withResolvers<readonly string[]>()
    const name = behind(one.port, () => promise, 1, {...times, timeoutMs: 20})
    const startedMs = performance.now()
    await eventually(() => name.told.events.length).toBe(1)
    // Time for several that nobody waits for any more.
    await eventually(() => performance.now() - startedMs).toBeGreaterThan(150)
    expect(name.asked).toBe(1)
    answer(['127.0.0.1'])
    await eventually(() => name.told.last(one.host).role).toBe('standby')
  })

  it('is asked again when something breaks', async () => {
    const [one, two] = await twoServers()
    const name = behind(one.port, ok('127.0.0.1'), 60_000)
    await eventually(() => name.told.statuses.length).toBeGreaterThan(0)
    name.resolve = ok('127.0.0.2')
    one.terminate()
    await eventually(() => name.told.last(two.host).role).toBe('standby')
    expect(name.asked).toBe(2)
  })

  it('of this machine is looked up as everybody does', async () => {
    const one = await server()
    const told = new Told()
    start(chooseDiscovery(topologySettingsOf({...times, dns: 'localhost', port: one.port}), access)(told))
    await eventually(() => told.last(one.host).role).toBe('standby')
  })

  it('gives nothing any more once it is stopped', async () => {
    const {promise, resolve: answer} = Promise.withResolvers<readonly string[]>()
    const name = behind(1, () => promise)
    await eventually(() => name.asked).toBe(1)
    name.discovery.stop()
    answer(['127.0.0.1'])
    await promise
    await new Promise(resolve => setImmediate(resolve))
    expect([name.told.addresses.size, name.told.events]).toEqual([0, []])
  })
})
