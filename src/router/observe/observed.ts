// What an observer needs of a router, and how it listens. Invariants: a Router satisfies it as it is; listening starts
// nothing and holds nothing but the listeners.
// Not here: any metrics library (prometheus.ts, opentelemetry.ts).
import type {EventEmitter} from 'node:events'
import type {RouterEvents} from '../router-events.ts'

/** A Router, as far as an observer looks at it. */
export interface Observed {
  /** Where the router tells what happens inside. */
  readonly events: Pick<EventEmitter<RouterEvents>, 'on' | 'off'>
  /** Requests that wait for a node or a connection. */
  readonly waitingCount: number
  /** The options of pg.Pool among the router's own; `max` holds for each node. */
  readonly options?: {readonly database?: string | undefined; readonly max?: number | undefined}
  /** Each node as it is seen and used now. */
  nodes(): readonly ObservedNode[]
}

/** One node, as far as an observer looks at it. */
export interface ObservedNode {
  /** `host:port`, or the name that Patroni has for it. */
  readonly node: string
  /** What it is now. */
  readonly role: 'primary' | 'standby'
  /** null: not known. */
  readonly timeline: number | null
  /** Of its pool; `total` counts idle ones too, `waiting` counts requests. */
  readonly connections: {readonly total: number; readonly idle: number; readonly waiting: number}
  /** Requests under way; null: not counted. */
  readonly inFlight: number | null
  /** A moving average of what reads took; null: not measured. */
  readonly latencyMs: number | null
  /** How far it is behind in WAL; null: not known. */
  readonly lagBytes: number | null
  /** How far it is behind in time; null: not known. */
  readonly lagMs: number | null
  /** It is left out of reads for a while. */
  readonly ejected: boolean
}

/** Ends an observation. */
export interface Observation {
  /** Removes the listeners, and everything that is published of this router now. */
  stop(): void
}

/** What is done at which event. */
export type Handlers = {readonly [Name in keyof RouterEvents]?: (payload: RouterEvents[Name][0]) => void}

/** Adds the listeners; the function that it returns removes them. */
export function listen(events: Observed['events'], handlers: Handlers): () => void {
  // A handler is tied to its event by the type of the table, which Object.entries() forgets.
  const entries = Object.entries(handlers) as [keyof RouterEvents, (payload: unknown) => void][]
  for (const [name, handler] of entries) events.on(name, handler)
  return () => {
    for (const [name, handler] of entries) events.off(name, handler)
  }
}
