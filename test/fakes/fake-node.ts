// One node of the fake cluster and what it can do at this moment. Not here: who becomes primary (fake-patroni.ts).
import type {Peer} from '../../src/model/scenario.ts'
import type {ContainerStatus} from '../../src/model/topology.ts'

export interface Row {
  readonly kind: 'append' | 'transfer' | 'pinned-write'
  readonly id: number
  readonly session: number
  readonly version: number
}

export interface FakeNode {
  readonly name: string
  container: ContainerStatus
  patroni: boolean
  postgres: boolean
  primary: boolean
  timeline: number
  rows: Row[]
  /** Peers that it is cut off from; an isolated node cannot reach them, nor they it. */
  cut: ReadonlySet<Peer>
  /** Is it following the primary's timeline, so that rows arrive? */
  streaming: boolean
  /** The standbys that its commits wait for, as it believes. */
  syncNames: readonly string[]
  /** Since when it has not reached the DCS; null while it does. */
  dcsLostMs: number | null
  /** Done at this moment of virtual time; a stopped or frozen node does nothing. */
  nextLoopMs: number
}

export function newNode(name: string, nextLoopMs: number): FakeNode {
  return {
    name,
    container: 'running',
    patroni: true,
    postgres: true,
    primary: false,
    timeline: 1,
    rows: [],
    cut: new Set(),
    streaming: true,
    syncNames: [],
    dcsLostMs: null,
    nextLoopMs,
  }
}

export function runs(node: FakeNode): boolean {
  return node.container === 'running' && node.postgres
}

/** Would it take a write from a client that can reach it? */
export function acceptsWrites(node: FakeNode): boolean {
  return runs(node) && node.primary
}

export function canTalk(a: FakeNode, b: FakeNode): boolean {
  return a.container === 'running' && b.container === 'running' && !a.cut.has('members') && !b.cut.has('members')
}

/** Rows that arrive from the primary arrive at once, or not at all. */
export function replicate(from: FakeNode, to: FakeNode): void {
  for (let index = to.rows.length; index < from.rows.length; index += 1) {
    const row = from.rows[index]
    if (row !== undefined) to.rows.push(row)
  }
}
