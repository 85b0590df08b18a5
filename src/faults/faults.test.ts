// Every fault against a small lab in memory: its proof sees the effect and never the command, and its heal is
// idempotent.
import {describe, expect, it} from 'vitest'
import type {Cluster, ExecResult} from '../model/ports.ts'
import type {FaultSpec} from '../model/scenario.ts'
import type {ContainerStatus} from '../model/topology.ts'
import {faultAction} from './fault-action.ts'
import {healAll} from './heal-all.ts'
import {parseProcesses} from './node-processes.ts'

interface Node {
  container: ContainerStatus
  patroni: number | null
  postmaster: number | null
  cut: boolean
  recovery: boolean
}

/** `inert`: commands return and nothing happens, as when the wrong process was hit. */
class SmallLab {
  readonly nodes: Record<string, Node> = {pg1: this.#node(false), pg2: this.#node(true), pg3: this.#node(true)}
  readonly etcd: Record<string, ContainerStatus> = {etcd1: 'running', etcd2: 'running', etcd3: 'running'}
  readonly calls: string[] = []
  maintenance = false
  inert = false
  /** Can the processes of a node be listed? */
  lists = true

  #node(recovery: boolean): Node {
    return {container: 'running', patroni: 21, postmaster: 54, cut: false, recovery}
  }
  /** What etcd alarms of. */
  alarm: string | null = null
  node(name: string): Node {
    const node = this.nodes[name]
    if (node === undefined) throw new Error(`no ${name}`)
    return node
  }
  #set(name: string, to: ContainerStatus): void {
    this.calls.push(`${to} ${name}`)
    if (this.inert) return
    if (name in this.etcd) {
      this.etcd[name] = to
      return
    }
    const before = this.node(name).container
    this.node(name).container = to
    if (to === 'stopped') Object.assign(this.node(name), {patroni: null, postmaster: null, cut: false})
    if (to === 'running' && before === 'stopped') Object.assign(this.node(name), {patroni: 22, postmaster: 55})
  }
  #etcdctl(argv: readonly string[]): ExecResult {
    const stdout = this.alarm === null ? '' : `memberID:1 alarm:${this.alarm} \n`
    if (argv[2] === 'disarm') this.alarm = null
    return {exitCode: 0, stdout, stderr: ''}
  }
  #exec(name: string, argv: readonly string[]): ExecResult {
    const [program = ''] = argv
    if (program === 'etcdctl') return this.#etcdctl(argv)
    const node = this.node(name)
    const text = argv.join(' ')
    const said = (stdout: string): ExecResult => ({exitCode: 0, stdout, stderr: ''})
    if (program === 'sh')
      return said(
        `${node.patroni === null ? '' : `patroni ${node.patroni}\n`}${node.postmaster === null ? '' : `postmaster ${node.postmaster}\n`}${this.lists ? 'end\n' : ''}`,
      )
    if (text.includes('pg_is_in_recovery'))
      return node.postmaster === null ? {exitCode: 2, stdout: '', stderr: 'no'} : said(node.recovery ? 't\n' : 'f\n')
    this.calls.push(`${program} ${name}`)
    if (this.inert) return said('Success')
    if (text === `kill -KILL ${node.postmaster}`) node.postmaster = null
    else if (text === `kill -KILL ${node.patroni}`) node.patroni = null
    else if (text === 'kill -USR1 1') Object.assign(node, {patroni: 23, postmaster: node.postmaster ?? 56})
    else if (text.includes('pg_promote')) node.recovery = false
    else if (program === 'patronictl') node.recovery = true
    return said('Success: reinitialize')
  }

  readonly cluster: Cluster = {
    lab: 'small',
    name: 'hl',
    members: ['pg1', 'pg2', 'pg3'],
    dcsMembers: ['etcd1', 'etcd2', 'etcd3'],
    archive: 'none',
    encrypted: false,
    state: async () => ({
      lab: 'small',
      dcs: [],
      lease: {owner: 'pg1', expiresInMs: 1},
      primary: 'pg1',
      syncStandbys: [],
      timeline: 1,
      paused: this.maintenance,
      members: Object.entries(this.nodes).map(([name, node]) => ({
        name,
        container: node.container,
        role: node.recovery ? 'standby' : 'primary',
        state: 'running',
        timeline: 1,
        lagBytes: null,
        replayLagBytes: null,
      })),
    }),
    settings: async () => await Promise.reject(new Error('not asked for here')),
    rawConfig: async () => ({}),
    applySettings: async () => undefined,
    versions: async () => ({}),
    exec: async (name, argv) => this.#exec(name, argv),
    containerStatus: async name => this.etcd[name] ?? this.node(name).container,
    kill: async name => this.#set(name, 'stopped'),
    stop: async name => this.#set(name, 'stopped'),
    start: async name => this.#set(name, 'running'),
    pause: async name => this.#set(name, 'paused'),
    destroy: async name => this.#set(name, 'missing'),
    wipe: async () => undefined,
    unpause: async name => this.#set(name, 'running'),
    partition: async name => {
      this.calls.push(`cut ${name}`)
      if (!this.inert) this.node(name).cut = true
    },
    healPartition: async name => void (this.node(name).cut = false),
    isPartitioned: async name =>
      name in this.etcd ? false : this.node(name).container === 'running' ? this.node(name).cut : null,
    canReach: async name => !this.node(name).cut,
    answers: async name =>
      this.node(name).container === 'running' && this.node(name).postmaster !== null && !this.node(name).cut,
    switchover: async () => undefined,
    setMaintenance: async on => void (this.maintenance = on),
    logs: async () => '',
  }
}

const target = {select: 'primary'} as const
const cases: readonly {readonly spec: FaultSpec; readonly on: string}[] = [
  {spec: {kind: 'kill-container', target}, on: 'pg1'},
  {spec: {kind: 'stop-container', target}, on: 'pg1'},
  {spec: {kind: 'pause-container', target}, on: 'pg1'},
  {spec: {kind: 'kill-patroni', target}, on: 'pg1'},
  {spec: {kind: 'kill-postgres', target}, on: 'pg1'},
  {spec: {kind: 'partition', target, from: ['members', 'dcs', 'clients'], direction: 'both'}, on: 'pg1'},
  {spec: {kind: 'promote-standby', target}, on: 'pg2'},
]

it('an alarm of etcd is found and disarmed by someone who does not know of it', async () => {
  const lab = new SmallLab()
  lab.alarm = 'NOSPACE'
  expect(await healAll(lab.cluster)).toEqual(['etcd: memberID:1 alarm:NOSPACE disarmed'])
  expect(await healAll(lab.cluster)).toEqual([])
})

describe.each(cases)('$spec.kind', ({spec, on}) => {
  const fault = (lab: SmallLab) => faultAction(lab.cluster, spec, [on])
  /** Patroni itself brings PostgreSQL back; all else waits for a hand. */
  const patroniRestarts = (lab: SmallLab): void => {
    if (spec.kind === 'kill-postgres') lab.node(on).postmaster = 57
  }

  it('is seen when it took hold, and its heal when that did', async () => {
    const lab = new SmallLab()
    const action = fault(lab)
    expect(await action.unavailable()).toBeNull()
    expect(await action.injected()).toBeNull()
    await action.inject()
    expect(await action.injected()).toContain(on)
    await action.heal()
    patroniRestarts(lab)
    expect(await action.healed()).toContain(on)
    expect(await healAll(lab.cluster)).toEqual([])
  })
  it('is not seen when its command did nothing', async () => {
    const lab = new SmallLab()
    lab.inert = true
    const action = fault(lab)
    await action.inject()
    expect(await action.injected()).toBeNull()
  })
  it('heals what was never hurt without doing anything', async () => {
    const lab = new SmallLab()
    await fault(lab).heal()
    expect(lab.calls).toEqual([])
  })
  it('is found and undone by someone who does not know of it', async () => {
    const lab = new SmallLab()
    await fault(lab).inject()
    patroniRestarts(lab)
    expect((await healAll(lab.cluster)).join('; ')).toContain(spec.kind === 'kill-postgres' ? '' : on)
    expect(await fault(lab).healed()).toContain(on)
    expect(await healAll(lab.cluster)).toEqual([])
  })
  it('is not done to a container that does not run', async () => {
    const lab = new SmallLab()
    lab.node(on).container = 'stopped'
    expect(await fault(lab).unavailable()).toBe(`the container of ${on} is stopped`)
  })
})

describe('faults', () => {
  it('of a database are not done to etcd', async () => {
    for (const kind of ['kill-postgres', 'kill-patroni', 'promote-standby'] as const) {
      expect(await faultAction(new SmallLab().cluster, {kind, target}, ['etcd1']).unavailable()).toBe(
        'etcd1 is no database node',
      )
    }
  })
  it('on several are seen when they are on all', async () => {
    const lab = new SmallLab()
    const action = faultAction(lab.cluster, {kind: 'kill-container', target: {select: 'dcs-majority'}}, [
      'etcd1',
      'etcd2',
    ])
    lab.etcd['etcd1'] = 'stopped'
    expect(await action.injected()).toBeNull()
    await action.inject()
    expect(await action.injected()).toBe('the container of etcd1 has ended; the container of etcd2 has ended')
  })
  it('of promotion need a standby', async () =>
    expect(await faultAction(new SmallLab().cluster, {kind: 'promote-standby', target}, ['pg1']).unavailable()).toBe(
      'pg1 is no standby',
    ))
  it('that kill a crashed PostgreSQL are refused', async () => {
    const lab = new SmallLab()
    lab.node('pg1').postmaster = null
    await expect(faultAction(lab.cluster, {kind: 'kill-postgres', target}, ['pg1']).inject()).rejects.toMatchObject({
      code: 'FAULT_UNAVAILABLE',
    })
  })
  it('name a new postmaster in the place of the old', async () => {
    const lab = new SmallLab()
    const action = faultAction(lab.cluster, {kind: 'kill-postgres', target}, ['pg1'])
    await action.inject()
    lab.node('pg1').postmaster = 99
    expect(await action.injected()).toBe('postmaster 54 of pg1 is gone, 99 is in its place')
  })
  it.each(['kill-postgres', 'kill-patroni'] as const)('take an empty listing for no proof of %s', async kind => {
    const lab = new SmallLab()
    const action = faultAction(lab.cluster, {kind, target}, ['pg1'])
    await action.inject()
    lab.lists = false
    await expect(action.injected()).rejects.toMatchObject({code: 'DOCKER_COMMAND_FAILED'})
    await expect(action.heal()).rejects.toMatchObject({code: 'DOCKER_COMMAND_FAILED'})
    expect(lab.calls).not.toContain('kill -USR1')
  })
  it.each([
    ['running', null],
    ['paused', null],
    ['stopped', 'pg1 is cut off from nobody'],
  ] as const)('take no answer of a container that is %s about its cut for %j', async (container, evidence) => {
    const lab = new SmallLab()
    lab.node('pg1').container = container
    const cluster = {...lab.cluster, isPartitioned: async () => Promise.resolve(null)}
    const fault = {kind: 'partition', target, from: ['dcs'], direction: 'both'} as const
    expect(await faultAction(cluster, fault, ['pg1']).healed()).toBe(evidence)
  })
  it('are healed all, even when one cannot be', async () => {
    const lab = new SmallLab()
    lab.node('pg2').container = 'paused'
    lab.maintenance = true
    const broken: Cluster = {
      ...lab.cluster,
      isPartitioned: async name => (name === 'pg1' ? await Promise.reject(new Error('cannot look')) : false),
    }
    await expect(healAll(broken)).rejects.toThrow('cannot look')
    expect([lab.node('pg2').container, lab.maintenance]).toEqual(['running', false])
  })
})

describe('processes of a node', () => {
  it.each([
    ['patroni 21\npostmaster 54\nend\n', 21, 54],
    ['postmaster 54\nend\n', null, 54],
    ['end\n', null, null],
    ['patroni x\nend\n', null, null],
  ])('%j', (text, patroni, postmaster) => expect(parseProcesses(text)).toEqual({patroni, postmaster}))

  it.each(['', 'postmaster 54\n'])('%j is no whole listing', text => expect(parseProcesses(text)).toBeNull())
})
