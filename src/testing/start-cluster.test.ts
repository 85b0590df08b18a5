import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import {FakeCluster} from '../../test/fakes/fake-cluster.ts'
import {fakeDocker} from '../../test/fakes/fake-docker.ts'
import {FakeObserver} from '../../test/fakes/fake-observer.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import type {UpResult} from '../lab/lifecycle/up-lab.ts'
import {HlError} from '../model/errors.ts'
import type {ClusterPorts} from './cluster-ports.ts'
import {judgeRun} from './judge-requests.ts'
import {startCluster, type ClusterRequest} from './start-cluster.ts'
import type {StartedPatroniCluster} from './started-cluster.ts'

interface Deeds {
  /** What the start of the containers does, after the lab has its objects. */
  readonly onUp?: () => void
  readonly did?: UpResult['did']
  readonly readMigrations?: ClusterPorts['readMigrations']
}

function worldOf({onUp, did = 'created', readMigrations = async () => []}: Deeds = {}) {
  const clock = new FakeClock()
  const cluster = new FakeCluster(clock)
  const engine = fakeDocker()
  const log: string[] = []
  const lab = {
    cluster,
    clusters: [],
    secrets: {app: 'a', readonly: 'r', migrations: 'm', monitoring: 'o'},
    endpoints: {
      postgres: {pg1: {host: '10.0.0.11', port: 5432}, pg2: {host: '10.0.0.12', port: 5432}},
      rest: {pg1: {host: '10.0.0.11', port: 8008}},
    },
    description: {lab: 'fake', services: []},
  } as unknown as ConnectedLab
  const ports: ClusterPorts = {
    docker: engine.docker,
    newClock: () => clock,
    up: async (_docker, {name, labels, nodes, profile}) => {
      log.push(`up ${name} ${profile ?? ''} ${nodes ?? ''}`)
      if (did === 'created') {
        engine.addService(name, 'pg1')
        engine.containers.set(`hl-${name}-pg1-1`, {...engine.containers.get(`hl-${name}-pg1-1`), ...labels})
      }
      onUp?.()
      return {lab, did, migrations: []}
    },
    upShards: async () => {
      throw new Error('no shards were asked for')
    },
    down: async (_docker, name, {volumes}) => {
      log.push(`down ${name}${volumes ? ' with its data' : ''}`)
      return {containers: [], locks: [], networks: [], volumes: []}
    },
    sweep: async () => [],
    owner: async what => ({what, pid: 7, host: 'here', startedTicks: '1'}),
    observer: () => new FakeObserver(cluster, clock),
    host: async () => ({cpus: 2, memoryMb: 1, os: 'fake', docker: 'none'}),
    readMigrations,
    readShardMigrations: async () => [],
    keepRun: async run => {
      log.push(`keep ${run.record.scenario.name}`)
      return {report: judgeRun(run), folder: '/kept/run'}
    },
    keepStart: async (_docker, name) => {
      log.push(`keep the start of ${name}`)
      return `/kept/start-${name}`
    },
    random: {next: () => 0},
    environment: () => ({runs: '.hl/runs', keep: 'failed'}),
    drawName: () => 'test-drawn',
    drawRun: () => 't1',
    drawSeed: () => 1,
  }
  const start = async (request: Partial<ClusterRequest> = {}): Promise<StartedPatroniCluster> =>
    clock.run(
      startCluster(
        {
          name: null,
          nodes: 3,
          profile: 'small',
          settings: {},
          archive: 'none',
          encrypt: false,
          migrations: null,
          reuse: false,
          runs: null,
          progress: () => undefined,
          ...request,
        },
        ports,
      ),
    )
  return {clock, cluster, engine, log, ports, start}
}

describe('the start of a cluster', () => {
  it('draws a name, says whose it is on all that it makes, and tells ways in', async () => {
    const {start, log, engine} = worldOf()
    const cluster = await start()
    expect(log).toEqual(['up test-drawn small 3'])
    expect(engine.containers.get('hl-test-drawn-pg1-1')).toMatchObject({
      'hl.owner': 'a test (t1)',
      'hl.owner.pid': '7',
      'hl.owner.host': 'here',
    })
    expect(cluster.connectionString()).toBe('postgresql://hl_app:a@10.0.0.11:5432/hl')
    expect(cluster.patroniUrls()).toEqual(['http://10.0.0.11:8008'])
    expect(cluster.hosts().map(({node}) => node)).toEqual(['pg1', 'pg2'])
  })

  it('with a name that is taken is refused, and what is there stays', async () => {
    const {start, log, engine} = worldOf()
    engine.addService('mine', 'pg1')
    await expect(start({name: 'mine'})).rejects.toMatchObject({code: 'LAB_BUSY'})
    expect(log).toEqual([])
  })

  it('that another one was faster with is refused, and that one stays', async () => {
    const {start, log} = worldOf({did: 'was up'})
    await expect(start({name: 'mine'})).rejects.toMatchObject({code: 'LAB_BUSY'})
    expect(log).toEqual(['up mine small 3'])
  })

  it('that fails half-way takes away what it made, and its error is told', async () => {
    const error = new HlError('IMAGE_MISSING', 'not built yet: hl-postgres:17', {next: ['sh scripts/setup.sh']})
    const {start, log} = worldOf({
      onUp: () => {
        throw error
      },
    })
    await expect(start()).rejects.toBe(error)
    expect(log).toEqual(['up test-drawn small 3', 'keep the start of test-drawn', 'down test-drawn with its data'])
    expect(error.message).toBe('not built yet: hl-postgres:17; what its containers said is in /kept/start-test-drawn')
  })

  it('with migrations that cannot be read makes nothing', async () => {
    const {start, log} = worldOf({
      readMigrations: async folder => {
        throw new HlError('CONFIG_INVALID', folder, {next: ['name a folder']})
      },
    })
    await expect(start({migrations: './gone'})).rejects.toMatchObject({code: 'CONFIG_INVALID'})
    expect(log).toEqual([])
  })

  it('with a migration that fails takes the cluster away', async () => {
    const {start, log, cluster} = worldOf({readMigrations: async () => [{name: '1.sql', sql: 'bad'}]})
    const exec = cluster.exec.bind(cluster)
    cluster.exec = async (member, argv) =>
      argv?.includes('-f') === true ? {exitCode: 3, stdout: '', stderr: 'ERROR:  syntax'} : exec(member, argv)
    await expect(start({migrations: './there'})).rejects.toMatchObject({code: 'MIGRATION_FAILED'})
    expect(log.at(-1)).toBe('down test-drawn with its data')
  })

  it('that is to be reused needs a name', async () => {
    const {start} = worldOf()
    await expect(start({reuse: true})).rejects.toMatchObject({code: 'CONFIG_INVALID'})
  })

  it('with a name that is none is refused before anything is made', async () => {
    const {start, log} = worldOf()
    await expect(start({name: 'Not A Name'})).rejects.toMatchObject({code: 'LAB_NAME_INVALID'})
    expect(log).toEqual([])
  })
})

describe('the end of a cluster', () => {
  it('is once, however often it is asked for, and nothing works afterwards', async () => {
    const {start, log} = worldOf()
    const cluster = await start()
    await Promise.all([cluster.stop(), cluster.stop()])
    await cluster[Symbol.asyncDispose]()
    expect(log.filter(line => line.startsWith('down'))).toEqual(['down fake with its data'])
    expect(() => cluster.connectionString()).toThrow(expect.objectContaining({code: 'LAB_MISSING'}))
    await expect(cluster.inject('kill-container', {target: 'primary'})).rejects.toMatchObject({code: 'LAB_MISSING'})
    await expect(cluster.measure(() => undefined, {request: () => undefined})).rejects.toMatchObject({
      code: 'LAB_MISSING',
    })
  })

  it('of one that is reused leaves it, healed', async () => {
    const {start, log, cluster: fake, clock} = worldOf({did: 'was up'})
    const cluster = await start({name: 'desk', reuse: true})
    await clock.run(cluster.inject('kill-container', {target: 'standby'}))
    await clock.run(cluster.stop())
    expect(log).toEqual(['up desk small 3'])
    expect(fake.calls).toEqual(['kill pg3', 'start pg3'])
  })
})

describe('a fault', () => {
  it('of the primary is healed after another one took over, and the ways in follow', async () => {
    const {start, clock, cluster: fake} = worldOf()
    const cluster = await start()
    await clock.run(cluster.inject('kill-container', {target: 'primary'}))
    await clock.run(cluster.awaitHealthy())
    expect(fake.calls).toEqual(['kill pg1', 'start pg1'])
    expect(await clock.run(cluster.primary())).toBe('pg2')
    expect(cluster.connectionString()).toContain('10.0.0.12')
  })

  it.each([
    ['no-such-fault', {target: 'primary'}, 'FAULT_UNKNOWN'],
    ['kill-container', {target: 'pg9'}, 'NODE_UNKNOWN'],
    ['kill-container', {target: 'dcs-majorty'}, 'NODE_UNKNOWN'],
  ])('%s of %j is refused, and touches nothing', async (fault, options, code) => {
    const {start, clock, cluster: fake, engine} = worldOf()
    const cluster = await start()
    await expect(clock.run(cluster.inject(fault, options))).rejects.toMatchObject({code})
    expect([fake.calls, engine.locks()]).toEqual([[], []])
  })

  it('whose effect is not seen is healed, and told', async () => {
    const {start, clock, cluster: fake} = worldOf()
    const cluster = await start()
    fake.kill = async () => Promise.resolve()
    await expect(clock.run(cluster.inject('kill-container', {target: 'primary'}))).rejects.toMatchObject({
      code: 'TIMEOUT',
    })
    await clock.run(cluster.heal())
    expect(fake.node('pg1').container).toBe('running')
  })

  it('is healed before a reset', async () => {
    const {start, clock, cluster: fake} = worldOf()
    const cluster = await start()
    await clock.run(cluster.inject('kill-container', {target: 'standby'}))
    await clock.run(cluster.reset())
    expect(fake.calls).toEqual(['kill pg3', 'start pg3'])
  })
})

it('a scenario that there is not is refused', async () => {
  const {start} = worldOf()
  await expect((await start()).run('primry-crash')).rejects.toMatchObject({code: 'SCENARIO_UNKNOWN'})
})
