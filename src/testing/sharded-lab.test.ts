// Shards in the hands of a test, on fake clusters: which one is meant, whom the report is about, what is held to whom.
import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {FakeCluster} from '../../test/fakes/fake-cluster.ts'
import {fakeDocker} from '../../test/fakes/fake-docker.ts'
import {acceptsWrites} from '../../test/fakes/fake-node.ts'
import {FakeObserver} from '../../test/fakes/fake-observer.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {HlError} from '../model/errors.ts'
import type {ClusterPorts} from './cluster-ports.ts'
import {judgeRun} from './judge-requests.ts'
import {startShardedLab} from './sharded-lab.ts'
import type {StartedShardedLab} from './started-sharded-lab.ts'

const refused = async () => Promise.reject(new Error('not asked for'))

async function shardsOf(migrations: ClusterPorts['readShardMigrations'] = async () => []) {
  const clock = new FakeClock()
  const engine = fakeDocker()
  const first = new FakeCluster(clock, {}, 's1')
  const clusters = [first, new FakeCluster(clock, {}, 's2')]
  const parts = clusters.map(cluster => ({
    cluster,
    endpoints: {
      postgres: Object.fromEntries(cluster.members.map(node => [node, {host: node, port: 5432}])),
      rest: {},
    },
    clients: {lab: {lab: 'fake', services: [], clusters: [{name: cluster.name, members: cluster.members}]}},
  }))
  const lab = {
    ...parts[0],
    clusters: parts,
    secrets: {app: 'a'},
    description: {lab: 'fake', services: [], clusters: clusters.map(({name, members}) => ({name, members}))},
  } as unknown as ConnectedLab
  const log: string[] = []
  const ports: ClusterPorts = {
    docker: engine.docker,
    newClock: () => clock,
    up: refused,
    upShards: async (_docker, {shards, nodes, profile}) => {
      log.push(`up ${shards ?? 0} ${nodes ?? 0} ${profile ?? ''}`)
      return {lab, did: 'created', migrations: [], map: null}
    },
    down: async (_docker, name) => {
      log.push(`down ${name}`)
      return {containers: [], locks: [], networks: [], volumes: []}
    },
    sweep: async () => [],
    owner: async what => ({what, pid: 7, host: 'here', startedTicks: '1'}),
    observer: ({cluster}) => new FakeObserver(clusters.find(({name}) => name === cluster.name) ?? first, clock),
    host: async () => ({cpus: 2, memoryMb: 1, os: 'fake', docker: 'none'}),
    readMigrations: refused,
    readShardMigrations: migrations,
    keepRun: async run => ({report: judgeRun(run), folder: '/kept'}),
    keepStart: async () => null,
    drawName: () => 'drawn',
    drawRun: () => 't1',
    drawSeed: () => 1,
    random: {next: () => 0},
    environment: () => ({runs: '.hl/runs', keep: 'failed'}),
  }
  const request = {
    name: null,
    shape: {shards: 2, nodes: 3, profile: 'small' as const, settings: {}},
    migrations: undefined,
    reuse: false,
    runs: null,
    progress: () => undefined,
  }
  const shards = await clock.run(startShardedLab(request, ports))
  return {clock, clusters, shards, log}
}

type World = Awaited<ReturnType<typeof shardsOf>>

/** `tied`: a service in which no shard is served while one is away. */
function serviceOf({clock, clusters}: World, tied = false) {
  const rows: string[] = []
  const shardOf = ({number}: {readonly number: number}): string => (number % 2 === 0 ? 's1' : 's2')
  const isServed = (cluster: FakeCluster): boolean => cluster.ha.nodes.some(node => acceptsWrites(node))
  const request = async ({id, number, signal}: {id: string; number: number; signal: AbortSignal}): Promise<string> => {
    const needed = clusters.filter(({name}) => tied || name === shardOf({number}))
    await clock.wait(3)
    while (!needed.every(isServed)) await clock.wait(50, signal)
    rows.push(id)
    return id
  }
  return {request, shardOf, verify: async () => rows}
}

const failover =
  (shards: StartedShardedLab, ...names: readonly string[]) =>
  async (): Promise<void> => {
    for (const shard of names) await shards.inject('kill-container', {shard, target: 'primary'})
    await shards.awaitHealthy()
  }

describe('a lab of shards', () => {
  it('is made once, and gone after stop()', async () => {
    const {shards, log} = await shardsOf()
    expect(shards.shards).toEqual(['s1', 's2'])
    expect(shards.connectionString('s2')).toBe('postgresql://hl_app:a@s2-pg1:5432/hl')
    expect(shards.hosts().length).toBe(6)
    await Promise.all([shards.stop(), shards.stop()])
    expect(log).toEqual(['up 2 3 small', 'down fake'])
    expect(() => shards.connectionString('s1')).toThrow(expect.objectContaining({code: 'LAB_MISSING'}))
    expect(() => shards.shardedPool()).toThrow(expect.objectContaining({code: 'LAB_MISSING'}))
  })

  it('whose migrations cannot be read is not made', async () => {
    const error = new HlError('CONFIG_INVALID', 'no folder', {next: ['name one']})
    await expect(shardsOf(async () => Promise.reject(error))).rejects.toBe(error)
  })

  it('breaks the shard that was named, and no other', async () => {
    const {shards, clock, clusters} = await shardsOf()
    await clock.run(shards.inject('kill-container', {shard: 's2', target: 'standby'}))
    await clock.run(shards.inject('kill-container', {target: 's1-pg3'}))
    await clock.run(shards.heal())
    expect(clusters.map(({calls}) => calls)).toEqual([
      ['kill s1-pg3', 'start s1-pg3'],
      ['kill s2-pg3', 'start s2-pg3'],
    ])
  })

  it('does two faults that are asked for at once one after the other', async () => {
    const {shards, clock, clusters} = await shardsOf()
    const both = ['s1', 's2'].map(async shard => shards.inject('kill-container', {shard, target: 'primary'}))
    await clock.run(Promise.all(both))
    expect(clusters.map(({calls}) => calls)).toEqual([['kill s1-pg1'], ['kill s2-pg1']])
    await clock.run(shards.awaitHealthy())
    expect(await clock.run(shards.primary('s2'))).toBe('s2-pg2')
  })

  it.each([
    [undefined, 'primary', 'SHARD_UNKNOWN'],
    ['s9', 'primary', 'SHARD_UNKNOWN'],
    ['s1', 's2-pg1', 'NODE_UNKNOWN'],
  ])('refuses a fault in %s of %s, and touches nothing', async (shard, target, code) => {
    const {shards, clock, clusters} = await shardsOf()
    const where = shard === undefined ? {target} : {shard, target}
    await expect(clock.run(shards.inject('kill-container', where))).rejects.toMatchObject({code})
    expect(clusters.flatMap(({calls}) => calls)).toEqual([])
  })
})

describe('a failover of one shard under a service', () => {
  it('has the RTO of its own requests, though the other one answers all the time', async () => {
    const world = await shardsOf()
    const {shards, clock} = world
    const report = await clock.run(shards.measure(failover(shards, 's2'), serviceOf(world)))
    expect(report.shard).toBe('s2')
    expect(report.requests.failed).toBe(0)
    expect(report.rto.ms).toBeGreaterThan(5_000)
    expect(report.rto.parts.reduce((sum, {ms}) => sum + ms, 0)).toBe(report.rto.ms)
    expect(report.writes).toMatchObject({lost: 0, duplicated: 0})
    expect(report.checks.filter(({verdict}) => verdict !== 'pass')).toEqual([])
    const held = report.checks.filter(({name}) => name === 'others-kept-serving' || name === 'other-shards-untouched')
    expect(held.map(({verdict}) => verdict)).toEqual(['pass', 'pass'])
  })

  it('of a service that serves none while one is away is a fail, and says so', async () => {
    const world = await shardsOf()
    const {shards, clock} = world
    const report = await clock.run(shards.measure(failover(shards, 's1'), serviceOf(world, true)))
    expect(report.shard).toBe('s1')
    expect(report.checks.find(({name}) => name === 'others-kept-serving')?.verdict).toBe('fail')
    expect([report.verdict, report.folder]).toEqual(['fail', '/kept'])
  })

  it('and of the other one too holds neither to anything', async () => {
    const world = await shardsOf()
    const {shards, clock} = world
    const report = await clock.run(shards.measure(failover(shards, 's1', 's2'), serviceOf(world)))
    expect(report.shard).toBe('s1')
    expect(report.checks.map(({name}) => name)).not.toContain('others-kept-serving')
    expect(report.rto.ms).toBeGreaterThan(5_000)
  })
})
