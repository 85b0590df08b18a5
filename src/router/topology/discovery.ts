// The port between the watch and whoever asks the cluster: what can be told, and how fast to ask. Invariant: an
// implementation reports and decides nothing. Implementations: discover-patroni.ts (REST), discover-hosts.ts and
// discover-dns.ts (SQL). Not here: which of them (choose-discovery.ts).
import type {Address, ClusterView, NodeStatus} from './parse-patroni.ts'

export interface DiscoveryListener {
  /** `askedMs`: when the question left, so the answer is at least that new. */
  onStatus(status: NodeStatus, askedMs: number): void
  /** `source`: who told it. Without a leader it only tells addresses. */
  onView(source: string, view: ClusterView, askedMs: number): void
  /** The node is no server of the cluster any more; nothing more will be told of it. */
  onGone(node: string): void
  /** The node's server closed a connection or stopped answering, so it may have restarted. */
  onBroken(node: string): void
  /** A source, as a URL, began to fail, or fails in another way; `cause` is the driver's own error. */
  onFailure(url: string, error: string, cause: unknown): void
  onRecovery(url: string): void
  /** After every question, answered or not. */
  onAsked(): void
  /** Is there reason to ask fast? */
  isUrgent(): boolean
}

export interface Discovery {
  /** Starts asking; everything ends with stop(). */
  start(): void
  /** Something broke: ask now, and fast for a while. */
  kick(): void
  /** URLs of all that are asked now. */
  readonly sources: readonly string[]
  /** Nothing is told after this. */
  stop(): void
}

export type MakeDiscovery = (listener: DiscoveryListener) => Discovery

export interface AskTimes {
  /** Between two questions to a node while all is well. */
  readonly pollMs: number
  /** The same while there is no primary, or after something broke. */
  readonly fastPollMs: number
  /** Bound of one question. */
  readonly timeoutMs: number
}

/** A server as it is asked by SQL. */
export interface NodeAddress extends Address {
  /** `host:port`, which is its name among the nodes. */
  readonly node: string
}
