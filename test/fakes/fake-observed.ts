// A router as an observer sees it, moved by the test. Invariant: it emits nothing by itself. Not here: routing.
import {EventEmitter} from 'node:events'
import type {Observed, ObservedNode} from '../../src/router/observe/observed.ts'
import type {RouterEvents} from '../../src/router/router-events.ts'

/** A standby that nobody uses, unless said otherwise. */
export function fakeNode(facts: Partial<ObservedNode> & {readonly node: string}): ObservedNode {
  return {
    role: 'standby',
    timeline: 1,
    connections: {total: 0, idle: 0, waiting: 0},
    inFlight: 0,
    latencyMs: null,
    lagBytes: null,
    lagMs: null,
    ejected: false,
    ...facts,
  }
}

export class FakeObserved implements Observed {
  readonly events = new EventEmitter<RouterEvents>()
  readonly options: {database?: string; max?: number} = {}
  waitingCount = 0
  facts: readonly ObservedNode[] = []

  nodes(): readonly ObservedNode[] {
    return this.facts
  }

  /** How many listeners it has, of all events. */
  get listeners(): number {
    return this.events.eventNames().reduce((sum, name) => sum + this.events.listenerCount(name), 0)
  }
}
