// Keeps the topology up to date: evidence in, decision, then what follows from a change: events, connections destroyed,
// waiters woken.
// Invariants: current() never rests on expired evidence, because it decides anew as soon as some has expired; what it
// accepts is the floor of what it accepts later; the trace is of the accepted primary. Not here: the decision
// (decide-primary.ts), asking (discovery.ts), requests (router.ts).
import {Deadline, nowMs} from '../time/deadline.ts'
import type {Wakeup} from '../time/wakeup.ts'
import type {RouterEvents} from '../router-events.ts'
import {decidePrimary, holdsUntilMs, noTopology, type Target, type Topology} from './decide-primary.ts'
import type {Discovery, MakeDiscovery} from './discovery.ts'
import {
  describeEvidence,
  forgetNode,
  noEvidence,
  noteAccepted,
  noteBreak,
  noteRejection,
  noteStatus,
  noteView,
  type Evidence,
} from './evidence.ts'
import {noteSample, noTrace, type PrimaryTrace} from './primary-trace.ts'
import {topologyChange} from './topology-change.ts'

export type Tell = <Name extends keyof RouterEvents>(name: Name, payload: RouterEvents[Name][0]) => void

export interface WatchPorts {
  readonly tell: Tell
  /** Destroys all connections to a node; returns how many. */
  readonly close: (node: string) => number
  /** Woken at every change. */
  readonly changed: Wakeup
}

export interface WatchSettings {
  /** A node's word counts this long. */
  readonly evidenceTtlMs: number
}

export class Watch {
  readonly #ttlMs: number
  readonly #ports: WatchPorts
  readonly #discovery: Discovery
  /** What cannot be asked now, and why. */
  readonly #failing = new Map<string, {readonly error: string; readonly cause: unknown}>()
  #evidence: Evidence = noEvidence
  #topology: Topology = noTopology
  #trace: PrimaryTrace = noTrace
  #previous: string | null = null
  /** What the topology was decided by, and until when it stays so. */
  #decidedBy: Evidence = noEvidence
  #holdsUntilMs = Infinity

  constructor({evidenceTtlMs}: WatchSettings, ports: WatchPorts, discover: MakeDiscovery) {
    this.#ttlMs = evidenceTtlMs
    this.#ports = ports
    this.#discovery = discover({
      onStatus: (status, askedMs) => this.#note(noteStatus(this.#evidence, status, askedMs)),
      onView: (source, view, askedMs) => this.#note(noteView(this.#evidence, source, view, askedMs)),
      onGone: node => this.#note(forgetNode(this.#evidence, node)),
      onBroken: node => this.broken(node),
      onFailure: (url, error, cause) => {
        this.#failing.set(url, {error, cause})
        // Nobody is left to ask: who waits is to be told why.
        if (!this.sourceFailures().includes(undefined)) ports.changed.wake()
        ports.tell('probe-failed', {url, error})
      },
      onRecovery: url => {
        this.#failing.delete(url)
        ports.tell('probe-recovered', {url})
      },
      onAsked: () => this.#decide(),
      isUrgent: () => this.#topology.primary === null,
    })
  }

  start(): void {
    this.#discovery.start()
  }

  stop(): void {
    this.#discovery.stop()
  }

  /** Something broke: look now. */
  kick(): void {
    this.#discovery.kick()
  }

  /** A node proved by its own word not to be a primary. */
  reject(node: string): void {
    this.#note(noteRejection(this.#evidence, node, nowMs()))
  }

  /** A connection to the node broke, so it may have restarted: its position is not known until it tells anew. */
  broken(node: string): void {
    this.#note(noteBreak(this.#evidence, node, nowMs()))
  }

  /** The topology by what is known at this moment; the same object as before when nothing is new. */
  current(): Topology {
    this.#decide()
    return this.#topology
  }

  /** Where the accepted primary's WAL was, and when. It stays when there is no primary, until another is accepted. */
  trace(): PrimaryTrace {
    return this.#trace
  }

  /** A standby where there is one, else the primary; waits for either at most `waitMs`, then null. */
  async anyNode(waitMs: number): Promise<Target | null> {
    const deadline = new Deadline(waitMs)
    try {
      for (;;) {
        const {primary, standbys} = this.current()
        const node = standbys[0] ?? primary
        if (node !== null || deadline.over !== null) return node
        await this.#ports.changed.wait(deadline.signal)
      }
    } finally {
      deadline.dispose()
    }
  }

  /** Of each that is asked: why it cannot be; undefined while it can, or has not been asked yet. */
  sourceFailures(): readonly unknown[] {
    return this.#discovery.sources.map(url => this.#failing.get(url)?.cause)
  }

  /** What each node last said, and what cannot be asked, for people. */
  lastSeen(): string {
    return [
      describeEvidence(this.#evidence, nowMs()),
      ...[...this.#failing].map(([url, {error}]) => `${url}: ${error}`),
    ].join('; ')
  }

  #note(evidence: Evidence): void {
    this.#evidence = evidence
    this.#decide()
  }

  /** Cheap while nothing is new: requests ask for each placement. */
  #decide(): void {
    const now = nowMs()
    if (this.#evidence === this.#decidedBy && now <= this.#holdsUntilMs) return
    const before = this.#topology
    const after = decidePrimary(this.#evidence, now, this.#ttlMs)
    this.#topology = after
    if (after.primary !== null) this.#evidence = noteAccepted(this.#evidence, after.primary.timeline)
    this.#decidedBy = this.#evidence
    this.#holdsUntilMs = holdsUntilMs(this.#evidence, now, this.#ttlMs)
    if (after.primary !== null) this.#trace = noteSample(this.#trace, after.primary)
    this.#follow(before, after)
  }

  #follow(before: Topology, after: Topology): void {
    const {tell} = this.#ports
    const change = topologyChange(before, after)
    for (const {node, why} of change.close) tell('node-closed', {node, why, connections: this.#ports.close(node)})
    if (change.lost !== null) {
      this.#previous = change.lost.node
      this.#discovery.kick()
      tell('primary-lost', {node: change.lost.node, timeline: change.lost.timeline, lastSeen: this.lastSeen()})
    }
    if (change.gained !== null)
      tell('primary', {node: change.gained.node, timeline: change.gained.timeline, previous: this.#previous})
    this.#tellRefused(before, after)
    if (change.lost !== null || change.gained !== null || before.standbys.length !== after.standbys.length)
      this.#ports.changed.wake()
  }

  #tellRefused(before: Topology, after: Topology): void {
    for (const refused of after.refused) {
      // At the start a node may tell of itself before any has told the addresses.
      if (this.#evidence.views.size === 0 && refused.why === 'address-unknown') continue
      if (before.refused.some(was => was.node === refused.node && was.why === refused.why)) continue
      // A new primary may tell of itself before a view names it: the next view must not be a long poll away.
      if (refused.why === 'not-leader') this.#discovery.kick()
      this.#ports.tell('primary-refused', refused)
    }
  }
}
