// Backups and restores on the fake cluster: what is brought back is what the archive had at the moment that is asked
// for. Not here: the real ones (src/recovery).
import {HlError} from '../../src/model/errors.ts'
import type {Op} from '../../src/model/history.ts'
import type {LoadSpec, Sabotage} from '../../src/model/scenario.ts'
import type {EventSink} from '../../src/model/ports.ts'
import {restoredCluster, type RestoreFacts} from '../../src/model/recovery-record.ts'
import type {
  OnPhase,
  RecoveryHooks,
  RecoveryPorts,
  RestoredCluster,
  RestoreRequest,
} from '../../src/experiment/world.ts'
import {drillBackup} from './fake-backup.ts'
import type {FakeClock} from './fake-clock.ts'
import {FakeCluster} from './fake-cluster.ts'
import {FakeLoad} from './fake-load.ts'
import type {Row} from './fake-node.ts'

const intact = '20000 rows, 1400070000 in all, 20000 open'
const phases: readonly (readonly [Parameters<OnPhase>[0], number])[] = [
  ['create', 1_000],
  ['fetch', 3_000],
  ['start', 500],
  ['replay', 2_000],
  ['promote', 200],
  ['take-over', 2_000],
]

export interface FakeRecoveryOptions {
  readonly cluster: FakeCluster
  readonly load: FakeLoad
  readonly clock: FakeClock
  readonly spec: LoadSpec
  readonly onOp: (op: Op) => void
  readonly emit: EventSink
}

export class FakeRecovery implements RecoveryPorts {
  /** Calls that hang until they are aborted, by name, for tests of deadlines; `forever`: also then. */
  readonly hangs = new Map<keyof RecoveryPorts | 'startStandbys', 'until aborted' | 'forever'>()
  /** For tests: what a restore fails with. */
  restoreFailure: HlError | null = null
  /** What is there of a lab that a restore made and gave up. */
  left: readonly string[] = []
  /** For tests: what a restore that is refused leaves of it. */
  leaves: readonly string[] = []
  /** The load after the restore and its cluster, once there is one. */
  after: {readonly cluster: FakeCluster; readonly load: FakeLoad} | null = null
  readonly backups: string[] = []
  readonly #o: FakeRecoveryOptions
  #victim: 'absent' | 'intact' | 'changed' = 'absent'
  #sabotage: Sabotage | null = null
  /** The rows that were there just before the bad statement, or at the barrier. */
  #before: readonly Row[] = []

  constructor(options: FakeRecoveryOptions) {
    this.#o = options
  }

  readonly sql = async (text: string): Promise<string | null> => {
    await this.#o.clock.wait(2)
    if (text.startsWith('CREATE TABLE')) this.#victim = 'intact'
    const bad = text.startsWith('DROP TABLE hl.victim') || text.includes("status = 'refunded'")
    if (bad) this.#before = this.#rows()
    if (bad) this.#victim = text.startsWith('DROP') ? 'absent' : 'changed'
    if (text.startsWith('SELECT pg_current')) return '0/5000000'
    if (text.includes('string_agg')) return 'hl.ledger in 1'
    if (text.startsWith("SELECT format('%s rows")) return this.#seen(this.#victim)
    return null
  }

  readonly takeBackup: RecoveryPorts['takeBackup'] = async (kind, {rate, signal}) => {
    const {cluster, clock} = this.#o
    await this.#hang('takeBackup', signal)
    const id = `${kind}-${this.backups.length + 1}`
    if (rate !== undefined) cluster.copyingOf = 'pg3'
    await clock.wait(rate === undefined ? 1_500 : 6_000, signal).finally(() => {
      cluster.copyingOf = null
    })
    this.backups.push(id)
    return drillBackup(id)
  }

  readonly takeBackups: RecoveryPorts['takeBackups'] = async (kind, signal) => [await this.takeBackup(kind, {signal})]

  readonly takeBarrier: RecoveryPorts['takeBarrier'] = async signal => {
    await this.#hang('takeBarrier', signal)
    await this.#o.clock.wait(100, signal)
    this.#before = this.#rows()
    return {name: 'b1', heldMs: 20}
  }

  readonly checkBackups: RecoveryPorts['checkBackups'] = async () =>
    Promise.resolve(this.backups.map(id => ({id, ok: true, detail: ''})))

  readonly sabotage: RecoveryPorts['sabotage'] = async (sabotage, signal) => {
    await this.#hang('sabotage', signal)
    this.#sabotage = sabotage
    return 'sabotaged'
  }

  readonly restore: RecoveryPorts['restore'] = async (request, hooks) => {
    await this.#hang('restore', hooks.signal)
    await this.#phase('decide', 500, hooks)
    this.left = this.leaves
    this.#refuse(request)
    for (const [name, ms] of phases) await this.#phase(name, ms, hooks)
    if (this.restoreFailure !== null) throw this.restoreFailure
    if (request.target === 'latest') return this.#madeFrom(this.#rows())
    return this.#madeFrom(this.#sabotage?.kind === 'one-early' ? this.#before.slice(0, -1) : this.#before)
  }

  readonly footprint: RecoveryPorts['footprint'] = async () =>
    Promise.resolve({own: [...this.#o.cluster.members], restored: this.left})

  readonly delayedCopy: RecoveryPorts['delayedCopy'] = async (_delayMs, signal) => {
    await this.#hang('delayedCopy', signal)
    await this.#o.clock.wait(2_000, signal)
    return 'follows'
  }

  readonly recoverTable: RecoveryPorts['recoverTable'] = async (_from, _disaster, hooks) => {
    await this.#hang('recoverTable', hooks.signal)
    await this.#phase('decide', 500, hooks)
    await this.#phase('create', 1_000, hooks)
    await this.#phase('bring-table', 1_000, hooks)
    this.#victim = 'intact'
    return factsOf(this.backups)
  }

  readonly verify: RecoveryPorts['verify'] = async () =>
    Promise.resolve([{name: 'indexes', verdict: 'pass', detail: 'every index is sound'}])

  #refuse({into}: RestoreRequest): void {
    const next = ['look at it']
    const missing = this.#sabotage?.kind === 'segment-missing' ? this.#sabotage.when : null
    if (into === 'running-lab')
      throw new HlError('LAB_SETTINGS_DIFFER', 'lab fake is there, and a restore never writes over a lab', {next})
    if (missing === 'before-plan')
      throw new HlError('ARCHIVE_GAP', 'the archive lacks 1 segment of WAL from 000000010000000000000004', {next})
    if (this.#sabotage?.kind === 'byte-flipped')
      throw new HlError('BACKUP_INVALID', 'checksum mismatch for file "base/1/2"', {next})
    if (missing === 'after-plan') throw new HlError('RESTORE_FAILED', '000000010000000000000004 is missing', {next})
  }

  #madeFrom(rows: readonly Row[]): RestoredCluster {
    const {load: first, clock, spec, onOp, emit} = this.#o
    const cluster = new FakeCluster(clock)
    // What is promoted goes on with a timeline of its own.
    cluster.ha.timeline = this.#o.cluster.ha.timeline + 1
    for (const node of cluster.ha.nodes) Object.assign(node, {rows: [...rows], timeline: cluster.ha.timeline})
    // The standbys are empty containers until they are started.
    for (const node of cluster.ha.nodes.slice(1))
      Object.assign(node, {container: 'stopped', postgres: false, patroni: false, streaming: false})
    const load = new FakeLoad(cluster, clock, spec, op => onOp({...op, cluster: restoredCluster}), emit)
    this.after = {cluster, load}
    return {
      cluster,
      facts: factsOf(this.backups),
      load,
      sql: async () => Promise.resolve(this.#seen(this.#sabotage?.kind === 'one-late' ? 'changed' : 'intact')),
      lastError: () => load.ops.findLast(({error}) => error !== null)?.error?.message ?? null,
      startStandbys: async signal => {
        await this.#hang('startStandbys', signal)
        for (const name of ['pg2', 'pg3']) await cluster.start(name)
      },
      finalState: async () => first.finalStateOn(cluster),
      verify: this.verify,
    }
  }

  /** All that a member has that is there, or had when it was lost. */
  #rows(): readonly Row[] {
    const {nodes} = this.#o.cluster.ha
    return [...nodes].sort((a, b) => b.rows.length - a.rows.length)[0]?.rows.slice() ?? []
  }

  #seen(victim: 'absent' | 'intact' | 'changed'): string {
    if (victim === 'absent') throw Object.assign(new Error('relation "hl.victim" does not exist'), {code: '42P01'})
    return victim === 'intact' ? intact : '20000 rows, 0 in all, 0 open'
  }

  async #phase(name: Parameters<OnPhase>[0], ms: number, {onPhase, signal}: RecoveryHooks): Promise<void> {
    const {clock} = this.#o
    const fromMs = clock.nowMs()
    await clock.wait(ms, signal)
    onPhase(name, fromMs, clock.nowMs())
  }

  async #hang(name: keyof RecoveryPorts | 'startStandbys', signal: AbortSignal): Promise<void> {
    const how = this.hangs.get(name)
    if (how === undefined) return
    await this.#o.clock.wait(86_000_000, how === 'forever' ? undefined : signal)
  }
}

function factsOf(backups: readonly string[]): RestoreFacts {
  return {
    target: 'as far as the archive goes',
    why: 'the newest backup',
    chain: backups.slice(-1).map(id => drillBackup(id)),
    copiedBytes: 50_000_000,
    replayedBytes: 30_000_000,
    endLsn: '0/5000000',
    timeline: 2,
    predictedMs: null,
  }
}
