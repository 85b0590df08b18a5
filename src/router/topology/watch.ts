// Keeps the topology up to date: evidence in, decision, then what follows from a change: events, connections destroyed, waiters woken.
// Invariants: current() never rests on expired evidence, because it decides anew each time; what it accepts is the floor of what it accepts later.
// Not here: the decision (decide-primary.ts), requests (router.ts).
import {nowMs} from '../time/deadline.ts'
import {decidePrimary, noTopology, type Topology} from './decide-primary.ts'
import {Discovery} from './discover.ts'
import {describeEvidence, noEvidence, noteAccepted, noteRejection, noteStatus, noteView, type Evidence} from './evidence.ts'
import type {Settings} from '../options.ts'
import type {RouterEvents} from '../router-events.ts'
import {topologyChange} from './topology-change.ts'
import type {Wakeup} from '../time/wakeup.ts'

export type Tell = <Name extends keyof RouterEvents>(name: Name, payload: RouterEvents[Name][0]) => void

export interface WatchPorts {
  readonly tell: Tell
  /** Destroys all connections to a node; returns how many. */
  readonly close: (node: string) => number
  /** Woken at every change. */
  readonly changed: Wakeup
}

export class Watch {
  readonly #settings: Settings
  readonly #ports: WatchPorts
  readonly #discovery: Discovery
  #evidence: Evidence = noEvidence
  #topology: Topology = noTopology
  #previous: string | null = null

  constructor(settings: Settings, ports: WatchPorts) {
    this.#settings = settings
    this.#ports = ports
    this.#discovery = new Discovery(settings, {
      onStatus: (status, askedMs) => this.#note(noteStatus(this.#evidence, status, askedMs)),
      onView: (source, view, askedMs) => this.#note(noteView(this.#evidence, source, view, askedMs)),
      onFailure: (url, error) => ports.tell('probe-failed', {url, error}),
      onRecovery: url => ports.tell('probe-recovered', {url}),
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

  /** The topology by what is known at this moment. */
  current(): Topology {
    this.#decide()
    return this.#topology
  }

  /** What each node last said, for people. */
  lastSeen(): string {
    return describeEvidence(this.#evidence, nowMs())
  }

  #note(evidence: Evidence): void {
    this.#evidence = evidence
    this.#decide()
  }

  #decide(): void {
    const before = this.#topology
    const after = decidePrimary(this.#evidence, nowMs(), this.#settings.evidenceTtlMs)
    this.#topology = after
    if (after.primary !== null) this.#evidence = noteAccepted(this.#evidence, after.primary.timeline)
    const {tell} = this.#ports
    const change = topologyChange(before, after)
    for (const {node, why} of change.close) tell('node-closed', {node, why, connections: this.#ports.close(node)})
    if (change.lost !== null) {
      this.#previous = change.lost.node
      this.#discovery.kick()
      tell('primary-lost', {node: change.lost.node, timeline: change.lost.timeline, lastSeen: this.lastSeen()})
    }
    if (change.gained !== null) tell('primary', {node: change.gained.node, timeline: change.gained.timeline, previous: this.#previous})
    this.#tellRefused(before, after)
    if (change.lost !== null || change.gained !== null || before.standbys.length !== after.standbys.length) this.#ports.changed.wake()
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
