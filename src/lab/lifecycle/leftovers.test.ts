import {describe, expect, it} from 'vitest'
import {dockerClient, type RunDocker} from '../docker/docker.ts'
import {downLab} from './down-lab.ts'
import {isElsewhere} from '../host/host-facts.ts'
import {describeLabs} from './lab-description.ts'
import {leftoverLabs, leftovers} from './leftovers.ts'
import {parseContainers} from '../docker/parse-docker.ts'
import {planUp} from './plan-up.ts'

const container = (name: string, labels: Readonly<Record<string, string>>, status = 'running') => ({
  Id: name,
  Name: `/${name}`,
  Config: {Labels: labels},
  State: {Status: status},
})
const service = (lab: string, name: string, status?: string) =>
  container(`hl-${lab}-${name}-1`, {'hl.lab': lab, 'hl.service': name}, status)
const lock = (lab: string) =>
  container(
    `hl-${lab}-lock`,
    {'hl.lab': lab, 'hl.lock.what': 'hl up', 'hl.lock.pid': '7', 'hl.lock.host': 'here', 'hl.lock.started': '1'},
    'created',
  )

/** A docker with these containers, and a network and a volume of each of these labs. */
function dockerWith(
  containers: readonly ReturnType<typeof container>[],
  owners: readonly string[] = [],
  removal: Partial<Awaited<ReturnType<RunDocker>>> = {},
) {
  const calls: string[] = []
  const docker = dockerClient(async argv => {
    const fine = {exitCode: 0, stderr: '', timedOut: false, missing: false}
    calls.push(argv.join(' '))
    if (argv[0] === 'ps') return {...fine, stdout: containers.map(one => one.Id).join('\n')}
    if (argv[1] === 'inspect') return {...fine, stdout: JSON.stringify(containers)}
    if (argv.join(' ').includes('label=hl.restore')) return {...fine, stdout: ''}
    if (argv[1] === 'ls')
      return {
        ...fine,
        stdout: argv.includes('-q') ? owners.map(owner => `${owner}-${argv[0] ?? ''}`).join('\n') : owners.join('\n'),
      }
    return {...fine, stdout: '', ...removal}
  })
  return {docker, calls, labs: describeLabs(parseContainers(JSON.stringify(containers)))}
}

describe('what is left over', () => {
  const nobodyIsGone = async (): Promise<boolean> => false
  const everybodyIsGone = async (): Promise<boolean> => true

  it('data without containers was kept on purpose: the command that destroys it is told, with its confirmation, and --leftovers is not that command', async () => {
    const {docker, labs} = dockerWith([service('here', 'pg1')], ['here', 'old', 'old'])
    const found = await leftovers(docker, labs, nobodyIsGone)
    expect(found.map(({lab, kind, fix}) => ({lab, kind, fix}))).toEqual([
      {lab: 'old', kind: 'network-without-lab', fix: 'hl down --leftovers'},
      {
        lab: 'old',
        kind: 'volumes-without-lab',
        fix: 'hl up --lab old takes it over, hl down --lab old --volumes --confirm old destroys it',
      },
    ])
  })
  it('a lab that is being brought up holds its lock: nothing of it is left over', async () => {
    const {docker, labs} = dockerWith([lock('new')], ['new'])
    expect(await leftovers(docker, labs, nobodyIsGone)).toEqual([])
    expect((await leftovers(docker, labs, everybodyIsGone)).map(({kind}) => kind)).toEqual([
      'stale-lock',
      'network-without-lab',
      'volumes-without-lab',
    ])
  })
})

describe('labs that can be removed without a question', () => {
  const gone = async (): Promise<boolean> => true
  it('are those of which nothing but a lock or a network is left', async () => {
    expect(await leftoverLabs(dockerWith([service('here', 'pg1')], ['here', 'old', 'old']).docker, gone)).toEqual([
      'old',
    ])
    expect(await leftoverLabs(dockerWith([lock('new')]).docker, gone)).toEqual(['new'])
  })
  it('are none that run, nor one whose lock is held', async () => {
    expect(await leftoverLabs(dockerWith([service('here', 'pg1'), lock('here')]).docker, gone)).toEqual([])
    expect(await leftoverLabs(dockerWith([lock('new')], ['new']).docker, async () => false)).toEqual([])
  })
})

describe('taking a lab away', () => {
  const there = [service('lab', 'pg1'), lock('lab')]

  it('leaves the lock to whoever holds it', async () => {
    const {docker, calls} = dockerWith(there)
    expect((await downLab(docker, 'lab', {volumes: true, holding: true})).locks).toEqual([])
    expect(calls.filter(call => call.startsWith('rm ') && call.includes('-lock'))).toEqual([])
  })

  it('keeps the data unless told, and lets go of the lock last', async () => {
    const {docker, calls} = dockerWith(there, ['lab'])
    expect(await downLab(docker, 'lab', {volumes: false})).toEqual({
      containers: ['hl-lab-pg1-1'],
      locks: ['hl-lab-lock'],
      networks: ['lab-network'],
      volumes: [],
    })
    expect(calls.filter(call => / rm |^rm /.test(call))).toEqual([
      'rm -f hl-lab-pg1-1',
      'network rm lab-network',
      'rm -f hl-lab-lock',
    ])
  })
  it('takes "it is gone already" for done, and silence for a failure', async () => {
    const gone = dockerWith(there, [], {
      exitCode: 1,
      stderr: 'Error response from daemon: No such container: hl-lab-pg1-1',
    })
    await expect(downLab(gone.docker, 'lab', {volumes: false})).resolves.toBeDefined()
    const silent = dockerWith(there, [], {exitCode: null, timedOut: true})
    await expect(downLab(silent.docker, 'lab', {volumes: false})).rejects.toMatchObject({code: 'TIMEOUT'})
  })
})

describe('before a lab is brought up', () => {
  const whole = ['pg1', 'pg2', 'pg3', 'etcd1', 'etcd2', 'etcd3', 'pgpool']

  it.each([
    ['nothing there', [], 'create'],
    ['all run', whole.map(name => service('lab', name)), 'nothing'],
    ['one stopped', whole.map(name => service('lab', name, name === 'pg2' ? 'exited' : 'running')), 'start'],
  ] as const)('%s: %s', async (_name, containers, does) => {
    expect(await planUp(dockerWith(containers).docker, {name: 'lab', settings: {}})).toMatchObject({does})
  })
  it.each([
    ['that is there', whole.map(name => service('lab', name)), 'nothing'],
    ['of two nodes that is to be made', [], 'create'],
  ] as const)('one of the shape %s is taken', async (what, containers, does) => {
    const shape = what === 'that is there' ? {profile: 'standard' as const} : {profile: 'small' as const, nodes: 2}
    expect(await planUp(dockerWith(containers).docker, {name: 'lab', settings: {}, ...shape})).toMatchObject({does})
  })
  it('another shape than that of a lab that is there is refused', async () => {
    const {docker} = dockerWith(whole.map(name => service('lab', name)))
    await expect(planUp(docker, {name: 'lab', settings: {}, profile: 'small'})).rejects.toMatchObject({
      code: 'LAB_SETTINGS_DIFFER',
      message: 'lab lab is there with another shape: patroni-3, not pg1, pg2, pg3, etcd1',
    })
  })
  it('shards are told before they are made, and taken as they are', async () => {
    const wanted = {name: 'lab', settings: {}, profile: 'small', shards: 2, nodes: 1} as const
    expect(await planUp(dockerWith([]).docker, wanted)).toMatchObject({
      does: 'create',
      clusters: [
        {name: 's1', members: ['s1-pg1']},
        {name: 's2', members: ['s2-pg1']},
      ],
      services: ['s1-pg1', 's2-pg1', 'etcd1'],
    })
    const there = ['s1-pg1', 's2-pg1', 'etcd1'].map(name =>
      container(`hl-lab-${name}-1`, {
        'hl.lab': 'lab',
        'hl.service': name,
        'hl.services': 's1-pg1 s2-pg1 etcd1',
        ...(name === 'etcd1' ? {} : {'hl.cluster': name.slice(0, 2)}),
      }),
    )
    const {docker} = dockerWith(there)
    for (const request of [wanted, {name: 'lab', settings: {}}])
      expect((await planUp(docker, request)).does).toBe('nothing')
    for (const other of [{shards: 3}, {nodes: 2}, {profile: 'standard' as const}])
      await expect(planUp(docker, {...wanted, ...other})).rejects.toMatchObject({code: 'LAB_SETTINGS_DIFFER'})
  })
  it.each([0, 17, 1.5])('%s shards are refused before Docker is told anything', async shards => {
    const {docker, calls} = dockerWith([])
    await expect(planUp(docker, {name: 'lab', settings: {}, shards})).rejects.toMatchObject({code: 'CONFIG_INVALID'})
    expect(calls.filter(call => !/^(ps|volume ls)/.test(call))).toEqual([])
  })
  it('what cannot be a lab is refused', async () =>
    expect(
      planUp(dockerWith([]).docker, {name: 'lab', settings: {synchronousMode: 'strict'}, profile: 'small', nodes: 1}),
    ).rejects.toMatchObject({code: 'CONFIG_INVALID'}))
  it('half a lab is refused with the way out', async () => {
    await expect(
      planUp(dockerWith([service('lab', 'etcd1')]).docker, {name: 'lab', settings: {}}),
    ).rejects.toMatchObject({code: 'LAB_UNHEALTHY', next: ['hl down', 'hl up']})
  })
  it.each([
    ['unix:///var/run/docker.sock', false],
    ['npipe:////./pipe/docker_engine', false],
    ['tcp://127.0.0.1:2375', false],
    ['tcp://localhost:2375', false],
    ['tcp://[::1]:2375', false],
    ['', false],
    ['tcp://docker:2376', true],
    ['tcp://10.0.0.7:2375', true],
    ['ssh://me@build.example', true],
  ])('the engine of %s is on another machine: %s', (host, elsewhere) => expect(isElsewhere(host)).toBe(elsewhere))
})
