// The Load port on the fake cluster: open-loop operations in virtual time, with outcomes by the same rules as the real
// load.
// Invariant: every operation ends once, at its deadline at the latest. Not here: connections (src/load).
import {deadlineCode} from '../../src/model/history.ts'
import type {FinalState, Op, Outcome} from '../../src/model/history.ts'
import type {EventSink, HistorySink, Load} from '../../src/model/ports.ts'
import type {LoadSpec} from '../../src/model/scenario.ts'
import type {FakeClock} from './fake-clock.ts'
import type {FakeCluster} from './fake-cluster.ts'
import {acceptsWrites, runs} from './fake-node.ts'
import type {FakeNode, Row} from './fake-node.ts'
import {committed, hasQuorum, stream} from './fake-patroni.ts'

const tickMs = 50
const sessions = 4

interface Waiting {
  readonly row: Row
  readonly node: FakeNode | null
  readonly timeline: number | null
  readonly position: number
  readonly dueMs: number
}

export class FakeLoad implements Load {
  readonly ops: Op[] = []
  /** For tests: a load that cannot say what became of its operations. */
  stopFailure: Error | null = null
  /** For tests: a stop that never comes back. */
  stopHangs = false
  /** The rows that this load wrote: others' lie beside them. */
  readonly #own = new WeakSet<Row>()
  readonly #cluster: FakeCluster
  readonly #clock: FakeClock
  readonly #spec: LoadSpec
  readonly #onOp: HistorySink
  readonly #emit: EventSink
  #waiting: Waiting[] = []
  #nextId = 1
  #startedMs = 0
  #issued = {append: 0, transfer: 0, read: 0, pinned: 0}
  #writableSinceMs: number | null = null
  #pinnedOkMs = new Map<string, number>()
  #wasWritable = new Set<string>()
  #running = false
  #end: () => void = () => undefined

  constructor(cluster: FakeCluster, clock: FakeClock, spec: LoadSpec, onOp: HistorySink, emit: EventSink) {
    this.#cluster = cluster
    this.#clock = clock
    this.#spec = spec
    this.#onOp = onOp
    this.#emit = emit
  }

  async prepare(): Promise<void> {
    await this.#clock.wait(200)
  }

  start(): void {
    this.#running = true
    this.#startedMs = this.#clock.nowMs()
    this.#end = this.#clock.every(tickMs, () => this.#tick())
  }

  async stop(): Promise<void> {
    this.#running = false
    if (this.stopHangs) await new Promise(() => undefined)
    await this.#clock.wait(this.#spec.deadlineMs + 2 * tickMs)
    this.#end()
    if (this.stopFailure !== null) throw this.stopFailure
  }

  writableSinceMs(): number | null {
    return this.#writableSinceMs
  }

  writableNodes(): readonly string[] {
    return this.#cluster.members.filter(
      name => this.#clock.nowMs() - (this.#pinnedOkMs.get(name) ?? -Infinity) <= 1_000,
    )
  }

  async finalState(): Promise<FinalState> {
    return this.finalStateOn(this.#cluster)
  }

  /** What another cluster holds of this load. */
  async finalStateOn(cluster: FakeCluster): Promise<FinalState> {
    const {primary, timeline} = await cluster.state()
    const ownOf = (node: FakeNode): readonly Row[] => node.rows.filter(row => this.#own.has(row))
    const rows = primary === null ? [] : ownOf(cluster.node(primary))
    const ids = (kind: Row['kind']): readonly number[] => rows.filter(row => row.kind === kind).map(row => row.id)
    return {
      readable: primary !== null,
      primary,
      timeline,
      ledgerIds: ids('append'),
      transferIds: ids('transfer'),
      pinnedIds: ids('pinned-write'),
      accountsTotal: 1_000,
      accountsTotalExpected: 1_000,
      perNode: cluster.ha.nodes.map(node => ({
        node: node.name,
        rows: ownOf(node).filter(row => row.kind === 'append').length,
        hash: `${ownOf(node).reduce((sum, row) => (sum * 31 + row.id) % 1_000_003, 7)}`,
      })),
      switchPoints: [],
    }
  }

  async close(): Promise<void> {
    this.#end()
  }

  #tick(): void {
    const nowMs = this.#clock.nowMs()
    this.#settle(nowMs)
    if (!this.#running) return
    const due = (perSecond: number): number => Math.floor(((nowMs - this.#startedMs) * perSecond) / 1_000)
    for (; this.#issued.append < due(this.#spec.writesPerSecond); this.#issued.append += 1)
      this.#write('append', this.#route(), this.#issued.append)
    for (; this.#issued.transfer < due(this.#spec.transfersPerSecond); this.#issued.transfer += 1)
      this.#write('transfer', this.#route(), this.#issued.transfer)
    for (; this.#issued.pinned < due(this.#spec.pinnedWritesPerSecond); this.#issued.pinned += 1)
      for (const node of this.#cluster.ha.nodes) this.#write('pinned-write', node, 0)
    for (; this.#issued.read < due(this.#spec.primaryReadsPerSecond); this.#issued.read += 1)
      this.#read(this.#issued.read)
    this.#settle(nowMs)
  }

  /**
   * As the router does: of those that say they are primary, the owner of the lease; while nobody can tell who that is,
   * the one on the newest timeline. A silent one is believed in until its answer is overdue.
   */
  #route(): FakeNode | null {
    const {nodes, lease} = this.#cluster.ha
    const owner = hasQuorum(this.#cluster.ha) ? lease.owner : null
    const claiming = nodes.filter(
      node => node.primary && node.container !== 'stopped' && (owner === null || node.name === owner),
    )
    return claiming.toSorted((a, b) => b.timeline - a.timeline)[0] ?? null
  }

  #write(kind: Row['kind'], node: FakeNode | null, nth: number): void {
    const row: Row = {kind, id: this.#nextId, session: nth % sessions, version: Math.floor(nth / sessions) + 1}
    this.#own.add(row)
    this.#nextId += 1
    const waiting = {row, node: null, timeline: null, position: 0, dueMs: this.#clock.nowMs()}
    const sent = this.#send(waiting, node)
    if (sent !== null) this.#waiting.push(sent)
    else if (kind === 'pinned-write') this.#finish({...waiting, node}, 'failed')
    // Nobody to send it to: it waits in the router, as a write does there.
    else this.#waiting.push(waiting)
  }

  /** null when the node refuses it, or when there is none. */
  #send(waiting: Waiting, node: FakeNode | null): Waiting | null {
    if (node === null) return null
    const silent = node.container === 'paused' || node.cut.has('clients')
    if (!silent && !acceptsWrites(node)) return null
    if (!silent) node.rows.push(waiting.row)
    stream(this.#cluster.ha)
    return {...waiting, node, timeline: node.timeline, position: node.rows.length}
  }

  #read(nth: number): void {
    const node = this.#route()
    const nowMs = this.#clock.nowMs()
    const answers = node !== null && runs(node) && !node.cut.has('clients')
    const of = nth % sessions
    const newest = (node?.rows ?? []).findLast(row => row.kind === 'append' && row.session === of && this.#own.has(row))
    const seen = answers ? (newest?.version ?? 0) : null
    const id = this.#nextId
    this.#nextId += 1
    this.#record({
      kind: 'read-primary',
      id,
      reader: 0,
      of,
      seen,
      dueMs: nowMs,
      invokedMs: nowMs,
      completedMs: nowMs,
      outcome: answers ? 'ok' : 'failed',
      node: node?.name ?? null,
      timeline: answers ? node.timeline : null,
      error: null,
    })
  }

  #settle(nowMs: number): void {
    const still: Waiting[] = []
    for (const unsent of this.#waiting) {
      const waiting = unsent.node === null ? (this.#send(unsent, this.#route()) ?? unsent) : unsent
      const outcome = this.#outcomeOf(waiting, nowMs)
      if (outcome === null) still.push(waiting)
      else this.#finish(waiting, outcome)
    }
    this.#waiting = still
  }

  #outcomeOf({row, node, timeline, position, dueMs}: Waiting, nowMs: number): Outcome | null {
    if (node === null) return nowMs - dueMs >= this.#spec.deadlineMs ? 'failed' : null
    if (nowMs - dueMs >= this.#spec.deadlineMs || node.container === 'stopped') return 'unknown'
    if (node.container === 'paused' || node.cut.has('clients')) return null
    if (!acceptsWrites(node) || node.timeline !== timeline || node.rows[position - 1] !== row) return 'unknown'
    return committed(this.#cluster.ha, node, position) ? 'ok' : null
  }

  #finish({row, node, timeline, dueMs}: Waiting, outcome: Outcome): void {
    const nowMs = this.#clock.nowMs()
    const error = outcome === 'ok' ? null : {code: outcome === 'failed' ? '25006' : null, message: outcome}
    const base = {
      id: row.id,
      dueMs,
      invokedMs: dueMs,
      completedMs: nowMs,
      outcome,
      node: node?.name ?? null,
      timeline: outcome === 'ok' ? timeline : null,
      error,
    }
    if (row.kind === 'pinned-write') {
      if (node !== null) this.#pinned(node, outcome, nowMs)
      this.#record({...base, kind: row.kind, pinnedTo: node?.name ?? '', lsn: null})
      return
    }
    this.#writableSinceMs = outcome === 'ok' ? (this.#writableSinceMs ?? nowMs) : null
    if (row.kind === 'append') this.#record({...base, kind: row.kind, session: row.session, version: row.version})
    else this.#record({...base, kind: row.kind, from: 1, to: 2, amount: 1})
  }

  #pinned(node: FakeNode, outcome: Outcome, nowMs: number): void {
    const ok = outcome === 'ok'
    if (ok) this.#pinnedOkMs.set(node.name, nowMs)
    if (ok === this.#wasWritable.has(node.name)) return
    if (ok) this.#wasWritable.add(node.name)
    else this.#wasWritable.delete(node.name)
    this.#emit(
      ok
        ? {kind: 'node.writable', atMs: nowMs, node: node.name, timeline: node.timeline}
        : {
            kind: 'node.unwritable',
            atMs: nowMs,
            node: node.name,
            reason: outcome === 'unknown' ? deadlineCode : 'refused',
          },
    )
  }

  #record(op: Op): void {
    this.ops.push(op)
    try {
      this.#onOp(op)
    } catch (error) {
      // As the real load does: told by the stop.
      this.stopFailure ??= error instanceof Error ? error : new Error(String(error))
    }
  }
}
