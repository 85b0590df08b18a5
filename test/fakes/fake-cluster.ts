// The Cluster port on virtual time: containers, cuts and freezes by hand, Patroni in the small. Invariant: no real
// clock, no IO, no randomness of its own.
// Not here: what Patroni decides (fake-patroni.ts), the load (fake-load.ts).
import {HlError} from '../../src/model/errors.ts'
import type {Cluster, ExecResult, Partition} from '../../src/model/ports.ts'
import {defaultSettings, soleCluster} from '../../src/model/topology.ts'
import type {ClusterSettings, ClusterState, ContainerStatus, MemberState} from '../../src/model/topology.ts'
import type {FakeClock} from './fake-clock.ts'
import {acceptsWrites, newNode, runs} from './fake-node.ts'
import type {FakeNode} from './fake-node.ts'
import {follows, hasQuorum, tick} from './fake-patroni.ts'
import type {HaState} from './fake-patroni.ts'

const tickMs = 50
/** What a command to Docker takes. */
const commandMs = 120

export class FakeCluster implements Cluster {
  readonly lab = 'fake'
  readonly name: string
  readonly members: readonly string[]
  readonly dcsMembers = ['etcd1', 'etcd2', 'etcd3']
  readonly archive = 'none'
  readonly encrypted = false
  readonly ha: HaState
  /** Calls that fail, as `start pg1`, for tests of what then happens. */
  readonly broken = new Set<string>()
  /** Every call that changes something, in order. */
  readonly calls: string[] = []
  /** Members with a page that is not what its checksum says. */
  readonly damaged = new Set<string>()
  /** The member that a backup copies files of; null while none does. */
  copyingOf: string | null = null
  /** Services that are gone for good. */
  readonly gone = new Set<string>()
  #serverStarts = 0
  readonly #clock: FakeClock

  /** `name`: of a shard; its members' names begin with it. */
  constructor(clock: FakeClock, settings: Partial<ClusterSettings> = {}, name = soleCluster) {
    this.#clock = clock
    this.name = name
    const [first = '', second = ''] = (this.members = ['pg1', 'pg2', 'pg3'].map(member =>
      name === soleCluster ? member : `${name}-${member}`,
    ))
    const nodes = this.members.map((name, index) => newNode(name, index * 300))
    const chosen = {...defaultSettings, ...settings}
    this.ha = {
      nodes,
      etcd: this.dcsMembers.map(name => ({name, up: true})),
      etcdLeader: 'etcd1',
      settings: chosen,
      lease: {owner: first, expiresMs: chosen.ttlS * 1_000},
      sync: [],
      maintenance: false,
      timeline: 1,
    }
    const leader = nodes[0]
    if (leader !== undefined) leader.primary = true
    if (chosen.synchronousMode !== 'off') this.ha.sync = [second]
    if (leader !== undefined) leader.syncNames = this.ha.sync
    clock.every(tickMs, () => tick(this.ha, clock.nowMs()))
  }

  async state(): Promise<ClusterState> {
    await this.#clock.wait(5)
    const visible = this.ha.nodes.filter(node => acceptsWrites(node) && !node.cut.has('clients'))
    const primary = visible.length === 1 ? (visible[0]?.name ?? null) : null
    const quorum = hasQuorum(this.ha)
    return {
      lab: this.lab,
      members: this.ha.nodes.map(node => this.#member(node)),
      dcs: this.ha.etcd.map(({name, up}) => ({
        name,
        container: up ? 'running' : 'stopped',
        healthy: up && quorum,
        leader: quorum && name === this.ha.etcdLeader,
      })),
      lease: {
        owner: quorum ? this.ha.lease.owner : null,
        expiresInMs: quorum ? this.ha.lease.expiresMs - this.#clock.nowMs() : null,
      },
      primary,
      syncStandbys: this.ha.sync,
      timeline: this.ha.nodes.find(node => node.name === primary)?.timeline ?? null,
      paused: this.ha.maintenance,
    }
  }

  #member(node: FakeNode): MemberState {
    const answers = node.container === 'running' && !node.cut.has('clients')
    const primary = this.ha.nodes.find(other => other.name === this.ha.lease.owner && acceptsWrites(other))
    const streaming = primary !== undefined && follows(primary, node)
    const role =
      !answers || !node.postgres
        ? 'unknown'
        : node.primary
          ? 'primary'
          : this.ha.sync.includes(node.name)
            ? 'sync standby'
            : 'standby'
    const word = !node.postgres ? 'crashed' : node.primary ? 'running' : streaming ? 'streaming' : 'starting'
    return {
      name: node.name,
      container: node.container,
      role,
      state: answers && node.patroni ? word : null,
      timeline: node.timeline,
      lagBytes: null,
      replayLagBytes: null,
    }
  }

  async settings(): Promise<ClusterSettings> {
    return this.ha.settings
  }

  async rawConfig(): Promise<Readonly<Record<string, unknown>>> {
    return {ttl: this.ha.settings.ttlS}
  }

  async applySettings(settings: ClusterSettings): Promise<void> {
    await this.#command('applySettings')
    this.ha.settings = settings
  }

  async versions(): Promise<Readonly<Record<string, string>>> {
    return {postgresql: 'fake'}
  }

  /** The few programs that steps run in a member. */
  async exec(member = '', argv: readonly string[] = []): Promise<ExecResult> {
    await this.#clock.wait(2)
    const said = (stdout: string, stderr = '', exitCode = 0): ExecResult => ({exitCode, stdout, stderr})
    const last = argv.at(-1) ?? ''
    if (argv[0] === 'check-pages') {
      const damage = 'WARNING:  checksum verification failed in file "./base/1/2", block 3'
      return this.damaged.has(member) ? said('', damage, 1) : said('')
    }
    if (argv[0] === 'patronictl') {
      this.#serverStarts += 1
      this.damaged.delete(member)
      return said('Success: reinitialize')
    }
    if (last.startsWith('ps -eo')) return said(this.#processes(this.node(member)))
    if (argv[0] === 'sh') this.damaged.add(member)
    if (last === 'SHOW data_checksums') return said('on\n')
    if (last.includes('pg_postmaster_start_time')) return said(`${this.#serverStarts}\n`)
    if (last.includes('pg_stat_progress_basebackup')) return said(this.copyingOf === member ? '1\n' : '0\n')
    if (last.includes('pg_buffercache')) return said('0\n')
    return said('on on\n')
  }

  #processes({patroni, postgres}: FakeNode): string {
    return [patroni ? 'patroni 21' : '', postgres ? 'postmaster 54' : '', 'end'].join('\n')
  }

  async containerStatus(service: string): Promise<ContainerStatus> {
    const etcd = this.ha.etcd.find(member => member.name === service)
    return etcd === undefined ? this.node(service).container : etcd.up ? 'running' : 'stopped'
  }

  kill(service: string): Promise<void> {
    return this.#command(`kill ${service}`, () => {
      if (this.#setEtcd(service, false)) return
      Object.assign(this.node(service), {
        container: 'stopped',
        postgres: false,
        patroni: false,
        primary: false,
        streaming: false,
        syncNames: [],
        cut: new Set(),
      })
    })
  }

  stop(service: string): Promise<void> {
    return this.kill(service)
  }

  start(service: string): Promise<void> {
    return this.#command(`start ${service}`, () => {
      if (this.#setEtcd(service, true)) return
      const node = this.node(service)
      if (node.container === 'stopped')
        Object.assign(node, {container: 'running', patroni: true, nextLoopMs: this.#clock.nowMs() + 1_000})
    })
  }

  pause(service: string): Promise<void> {
    return this.#command(`pause ${service}`, () => void (this.node(service).container = 'paused'))
  }

  destroy(service: string): Promise<void> {
    return this.#command(`destroy ${service}`, () => void this.gone.add(service))
  }

  wipe(service: string): Promise<void> {
    return this.#command(`wipe ${service}`, () => {
      this.node(service).rows = []
    })
  }

  unpause(service: string): Promise<void> {
    return this.#command(`unpause ${service}`, () => {
      if (this.node(service).container === 'paused') this.node(service).container = 'running'
    })
  }

  partition(service: string, {from}: Partition): Promise<void> {
    return this.#command(
      `partition ${service}`,
      () => void (this.node(service).cut = new Set([...this.node(service).cut, ...from])),
    )
  }

  healPartition(service: string): Promise<void> {
    return this.#command(`healPartition ${service}`, () => void (this.node(service).cut = new Set()))
  }

  async isPartitioned(service: string): Promise<boolean | null> {
    if (this.dcsMembers.includes(service)) return false
    return this.node(service).container === 'running' ? this.node(service).cut.size > 0 : null
  }

  async canReach(service: string, peer: string): Promise<boolean> {
    return !this.node(service).cut.has(this.dcsMembers.includes(peer) ? 'dcs' : 'members')
  }

  async answers(service: string): Promise<boolean> {
    return runs(this.node(service)) && !this.node(service).cut.has('clients')
  }

  switchover(from: string, to: string | null): Promise<void> {
    return this.#command(`switchover ${from} ${to ?? ''}`, () => {
      const next = this.node(to ?? this.ha.sync[0] ?? 'pg2')
      Object.assign(this.node(from), {primary: false, streaming: false})
      this.ha.lease = {owner: next.name, expiresMs: this.#clock.nowMs() + this.ha.settings.ttlS * 1_000}
      next.nextLoopMs = this.#clock.nowMs() + 500
    })
  }

  setMaintenance(on: boolean): Promise<void> {
    return this.#command(`setMaintenance ${on}`, () => void (this.ha.maintenance = on))
  }

  async logs(): Promise<string> {
    return ''
  }

  killProcess(service: string, process: 'postgres' | 'patroni'): Promise<void> {
    return this.#command(`kill ${process} on ${service}`, () => void (this.node(service)[process] = false))
  }

  startPatroni(service: string): Promise<void> {
    return this.#command(`start patroni on ${service}`, () => void (this.node(service).patroni = true))
  }

  /** pg_promote() beside Patroni's back. */
  promote(service: string): Promise<void> {
    return this.#command(`promote ${service}`, () => {
      this.ha.timeline += 1
      Object.assign(this.node(service), {primary: true, streaming: false, timeline: this.ha.timeline, syncNames: []})
    })
  }

  node(service: string): FakeNode {
    const node = this.ha.nodes.find(candidate => candidate.name === service)
    if (node === undefined)
      throw new HlError('NODE_UNKNOWN', `no node ${service}`, {next: ['name one of pg1, pg2, pg3']})
    return node
  }

  #setEtcd(service: string, up: boolean): boolean {
    const member = this.ha.etcd.find(candidate => candidate.name === service)
    if (member !== undefined) member.up = up
    return member !== undefined
  }

  /** The command is on its way for a while, then it lands, whoever still waits for it. */
  async #command(call: string, land: () => void = () => undefined): Promise<void> {
    this.calls.push(call)
    await this.#clock.wait(commandMs)
    if (this.broken.has(call)) throw new HlError('DOCKER_COMMAND_FAILED', `${call} failed`, {next: ['try again']})
    land()
  }
}
