// Which labs an experiment finds, makes and takes away, and who holds them meanwhile. Not here: a trial
// (run-trial.test.ts).
import {mkdirSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {fakeLab} from '../../test/fakes/fake-world.ts'
import {fakeDocker, type FakeDocker} from '../../test/fakes/fake-docker.ts'
import {failoverScenarios, recoveryScenarios, shardScenarios} from '../../scenarios/index.ts'
import {temporaryFolder} from '../../test/temporary-folder.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {HlError} from '../model/errors.ts'
import type {Report} from '../model/report.ts'
import {planExperiment, runExperiment, type ExperimentOptions} from './run-experiment.ts'

const failover = failoverScenarios['no-fault']
const drill = recoveryScenarios['dropped-table']
const next = ['look at it']
const notHealthy = new HlError('LAB_UNHEALTHY', 'no primary', {next})

interface Trouble {
  readonly refuses?: Readonly<Record<string, string>>
  /** The names of its clusters; default: one. */
  readonly clusters?: readonly string[]
  /** What a lab over shards that is there comes to. */
  readonly suits?: () => void
  /** What a lab that is brought up comes to. */
  readonly up?: () => void
  /** What a trial comes to, by its number. */
  readonly trial?: (trial: number) => void
}

async function worldOf({refuses, clusters, suits: suiting, up, trial}: Trouble = {}) {
  const engine = fakeDocker(refuses === undefined ? {} : {refuses})
  const report = await reportOf()
  const said: string[] = []
  const stop = new AbortController()
  const heldDuring: (readonly string[])[] = []
  const runsRoot = temporaryFolder('runs')
  mkdirSync(join(runsRoot, report.run))
  const run = async (options: Partial<ExperimentOptions>): Promise<Report> =>
    runExperiment(
      {
        scenario: failover,
        lab: 'lab',
        runsRoot,
        repeat: 1,
        seed: 1,
        through: 'router',
        overrides: {settings: {}, load: {}, objectives: {}},
        keep: false,
        up: {},
        watch: () => undefined,
        note: text => void said.push(text),
        signal: stop.signal,
        ...options,
      },
      {
        docker: engine.docker,
        connect: async (_docker, lab) => Promise.resolve(connected(lab, clusters)),
        up: async (_docker, {name, shards, nodes, settings}) => {
          bringUp(engine, name)
          if (settings.parameters !== undefined) engine.log.push(`made with ${JSON.stringify(settings.parameters)}`)
          if (shards !== undefined) engine.log.push(`made ${shards} shards of ${nodes ?? 0}`)
          up?.()
          return Promise.resolve({lab: connected(name, clusters), did: 'created', migrations: []})
        },
        suits: async () => Promise.resolve(suiting?.()),
        prepare: async scenario => {
          if ('sharded' in scenario) engine.log.push('prepared')
          return Promise.resolve()
        },
        trial: async options => {
          heldDuring.push(engine.locks())
          engine.log.push(`trial ${options.trial}`)
          if (options.scenario === drill) bringUp(engine, 'lab-restored')
          trial?.(options.trial)
          return Promise.resolve(report)
        },
      },
    )
  return {engine, said, stop, heldDuring, run}
}

function bringUp(engine: FakeDocker, lab: string): void {
  engine.addService(lab, 'pg1')
  engine.volumes.set(`hl-${lab}_pg1-data`, {'hl.lab': lab})
}

const suits = async (): Promise<void> => Promise.resolve()

const connected = (lab: string, clusters: readonly string[] = ['hl']): ConnectedLab =>
  ({
    cluster: {lab},
    clusters: [],
    secrets: {},
    description: {lab, cluster: 'hl', clusters: clusters.map(name => ({name, members: ['pg1']}))},
  }) as unknown as ConnectedLab

async function reportOf(): Promise<Report> {
  const lab = await fakeLab(failover)
  return lab.judged(await lab.run())
}

/** Nothing of it is there any more, and nobody holds it. */
const nothingLeft = ({containers, volumes}: FakeDocker): void => {
  expect([[...containers.keys()], [...volumes.keys()]]).toEqual([[], []])
}

describe('an experiment in the lab that runs', () => {
  it('holds it during the trial, and leaves it running', async () => {
    const {engine, heldDuring, run} = await worldOf()
    bringUp(engine, 'lab')
    await run({})
    expect(heldDuring).toEqual([['hl-lab-lock']])
    expect([...engine.containers.keys()]).toEqual(['hl-lab-pg1-1'])
  })

  it('leaves it running and lets go when the trial fails', async () => {
    const {engine, run} = await worldOf({
      trial: () => {
        throw notHealthy
      },
    })
    bringUp(engine, 'lab')
    await expect(run({})).rejects.toBe(notHealthy)
    expect([...engine.containers.keys()]).toEqual(['hl-lab-pg1-1'])
  })

  it('is refused while somebody else works on it', async () => {
    const {engine, heldDuring, run} = await worldOf()
    engine.lock('lab', 'hl switchover')
    await expect(run({})).rejects.toMatchObject({
      code: 'LAB_BUSY',
      message: expect.stringContaining('in use by hl switchover') as string,
    })
    expect([heldDuring, engine.locks()]).toEqual([[], ['hl-lab-lock']])
  })

  it.each<readonly [string, Partial<ExperimentOptions>]>([
    ['a name that is none', {lab: 'No Lab'}],
    ['settings that do not go together', {overrides: {settings: {ttlS: 5}, load: {}, objectives: {}}}],
  ])('is refused before the lab is taken for %s', async (_what, options) => {
    const {engine, run} = await worldOf()
    await expect(run(options)).rejects.toBeInstanceOf(HlError)
    expect(engine.log).toEqual([])
  })
})

describe('an experiment that brings its lab up', () => {
  it('takes it down afterwards with its data, unless it is kept', async () => {
    const {engine, said, run} = await worldOf()
    await run({})
    nothingLeft(engine)
    expect(said.at(-1)).toBe('lab "lab" taken down')
    await run({keep: true})
    expect([...engine.containers.keys(), ...engine.volumes.keys()]).toEqual(['hl-lab-pg1-1', 'hl-lab_pg1-data'])
  })

  it.each<readonly [string, Trouble]>([
    [
      'it does not become healthy',
      {
        up: () => {
          throw notHealthy
        },
      },
    ],
    [
      'the trial fails',
      {
        trial: () => {
          throw notHealthy
        },
      },
    ],
  ])('leaves nothing when %s', async (_what, trouble) => {
    const {engine, run} = await worldOf(trouble)
    await expect(run({})).rejects.toBe(notHealthy)
    nothingLeft(engine)
  })

  it('begins no further trial after Ctrl-C, and leaves nothing', async () => {
    const stopping: {stop?: AbortController} = {}
    const {engine, heldDuring, stop, run} = await worldOf({trial: () => stopping.stop?.abort(new Error('SIGINT'))})
    stopping.stop = stop
    await expect(run({repeat: 3})).rejects.toThrow('SIGINT')
    expect(heldDuring).toHaveLength(1)
    nothingLeft(engine)
  })

  it('keeps the data that an earlier lab left, and names no command that destroys it', async () => {
    const {engine, said, run} = await worldOf({refuses: {'rm -f hl-lab-pg1': 'driver failed'}})
    engine.volumes.set('hl-lab_pg1-data', {'hl.lab': 'lab'})
    await run({})
    expect(said.at(-1)).toMatch(/^lab "lab" could not be taken down: .*driver failed; hl down$/)
    expect([...engine.volumes.keys()]).toEqual(['hl-lab_pg1-data'])
    expect(engine.locks()).toEqual([])
  })
})

describe('an experiment in labs of its own', () => {
  it('holds both of them through all trials, and leaves nothing', async () => {
    const {engine, heldDuring, run} = await worldOf()
    await run({scenario: drill, repeat: 2})
    const both = ['hl-lab-lock', 'hl-lab-restored-lock']
    expect(heldDuring).toEqual([both, both])
    nothingLeft(engine)
  })

  it('tells of a lab that it took down, and not of one that never was', async () => {
    const {said, run} = await worldOf({
      up: () => {
        throw notHealthy
      },
    })
    await expect(run({scenario: drill})).rejects.toBe(notHealthy)
    expect(said.filter(text => text.includes('taken down') && !text.includes('afterwards'))).toEqual([
      'lab "lab" taken down',
    ])
  })

  it.each(['lab', 'lab-restored'])('is refused where there is a lab %s, which stays', async name => {
    const {engine, heldDuring, run} = await worldOf()
    bringUp(engine, name)
    await expect(run({scenario: drill})).rejects.toMatchObject({code: 'LAB_SETTINGS_DIFFER'})
    expect(heldDuring).toEqual([])
    expect([...engine.containers.keys(), ...engine.volumes.keys()]).toEqual([`hl-${name}-pg1-1`, `hl-${name}_pg1-data`])
  })

  it('is refused while somebody holds the lab that would come back', async () => {
    const {engine, run} = await worldOf()
    engine.lock('lab-restored', 'hl restore')
    await expect(run({scenario: drill})).rejects.toMatchObject({code: 'LAB_BUSY'})
    expect(engine.locks()).toEqual(['hl-lab-restored-lock'])
  })

  it('keeps those of the last trial only where they are kept', async () => {
    const {engine, run} = await worldOf()
    await run({scenario: drill, repeat: 2, keep: true})
    expect([...engine.containers.keys()]).toEqual(['hl-lab-pg1-1', 'hl-lab-restored-pg1-1'])
    expect(engine.log.filter(line => /^(?:trial|removed)/.test(line))).toEqual([
      'trial 1',
      'removed hl-lab-pg1-1',
      'removed hl-lab-restored-pg1-1',
      'trial 2',
    ])
  })
})

describe('an experiment on a shard', () => {
  const asked = {shard: {shard: 's2'}} as const

  it.each<readonly [string, Partial<ExperimentOptions>, string]>([
    ['that a lab of one cluster lacks', {}, 'SHARD_UNKNOWN'],
    ['of a lab that the scenario makes for itself', {scenario: drill}, 'SHARD_UNKNOWN'],
    ['of a lab that does not run', {lab: 'other'}, 'LAB_MISSING'],
  ])('%s is refused, and makes none', async (_what, options, code) => {
    const {engine, run} = await worldOf()
    bringUp(engine, 'lab')
    await expect(run({...asked, ...options})).rejects.toMatchObject({code})
    expect(engine.log.filter(line => !/locked/.test(line))).toEqual([])
    expect([...engine.containers.keys()]).toEqual(['hl-lab-pg1-1'])
  })

  it('is planned like that too', async () => {
    const {docker} = fakeDocker({})
    const connect = async (): Promise<never> => Promise.reject(new Error('no lab runs'))
    const options = {scenario: failover, lab: 'lab', seed: 1, through: 'router', overrides: {}, up: {}} as const
    await expect(planExperiment({...options, ...asked}, {docker, connect, suits})).rejects.toMatchObject({
      code: 'LAB_MISSING',
      next: ['hl up --shards 2 --nodes 2'],
    })
  })
})

describe('an experiment over shards', () => {
  const spanning = {scenario: shardScenarios['shard-primary-crash']}
  const clusters = ['s1', 's2']
  const told = (log: readonly string[]): readonly string[] => log.filter(line => /^(made|prepared|trial)/.test(line))

  it('makes a lab of that shape and prepares it before the first trial', async () => {
    const {engine, run} = await worldOf({clusters})
    await run({...spanning, repeat: 2})
    expect(told(engine.log)).toEqual(['made 2 shards of 2', 'prepared', 'trial 1', 'trial 2'])
    nothingLeft(engine)
  })

  it('is not begun in a lab of another shape, which stays as it is', async () => {
    const {engine, run} = await worldOf({
      clusters,
      suits: () => {
        throw notHealthy
      },
    })
    bringUp(engine, 'lab')
    await expect(run(spanning)).rejects.toBe(notHealthy)
    expect(told(engine.log)).toEqual([])
    expect([...engine.containers.keys()]).toEqual(['hl-lab-pg1-1'])
  })

  it('is planned for the shard that it is about, and through the library over shards only', async () => {
    const {docker} = fakeDocker({})
    const connect = async (): Promise<never> => Promise.reject(new Error('no lab runs'))
    const options = {...spanning, lab: 'lab', seed: 1, through: 'router', overrides: {}, up: {}} as const
    expect(await planExperiment(options, {docker, connect, suits})).toMatchObject({shard: 's2', newLab: true})
    await expect(planExperiment({...options, through: 'pgpool'}, {docker, connect, suits})).rejects.toMatchObject({
      code: 'USAGE',
    })
  })
})

describe('a plan', () => {
  it('is one for a new lab where none runs, as the run itself would bring one up', async () => {
    const {docker} = fakeDocker({})
    const connect = async (): Promise<never> => Promise.reject(new Error('no lab runs'))
    const options = {scenario: failover, lab: 'lab', seed: 1, through: 'router', overrides: {}, up: {}} as const
    expect(await planExperiment(options, {docker, connect, suits})).toMatchObject({lab: 'lab', newLab: true})
  })

  it.each<readonly [string, Partial<ExperimentOptions>, (engine: FakeDocker) => void, string]>([
    [
      'a ttl below the floor of Patroni',
      {overrides: {settings: {ttlS: 10, loopWaitS: 1, retryTimeoutS: 3}}},
      () => undefined,
      'CONFIG_INVALID',
    ],
    ['a lab with a name that is none', {lab: 'No Name'}, () => undefined, 'LAB_NAME_INVALID'],
    ['a lab where a drill makes its own', {scenario: drill}, engine => bringUp(engine, 'lab'), 'LAB_SETTINGS_DIFFER'],
    [
      'a restored lab where a drill makes its own',
      {scenario: drill},
      engine => bringUp(engine, 'lab-restored'),
      'LAB_SETTINGS_DIFFER',
    ],
  ])('refuses %s, as the run itself does', async (_what, asked, before, code) => {
    const {engine, run} = await worldOf()
    before(engine)
    const connect = async (): Promise<never> => Promise.reject(new Error('not asked'))
    const options = {scenario: failover, lab: 'lab', seed: 1, through: 'router', overrides: {}, up: {}} as const
    const ports = {docker: engine.docker, connect, suits}
    await expect(planExperiment({...options, ...asked}, ports)).rejects.toMatchObject({code})
    await expect(run(asked)).rejects.toMatchObject({code})
  })
})

describe('a lab that is made for a run', () => {
  it('has its parameters from the start, also those that need a restart later', async () => {
    const {engine, run} = await worldOf()
    await run({overrides: {settings: {parameters: {max_connections: '150'}}}})
    expect(engine.log).toContain('made with {"max_connections":"150"}')
  })
})
