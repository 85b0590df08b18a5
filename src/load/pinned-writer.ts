// The writer that is pinned to one node: it tells whether that very node acknowledges writes, whatever the router
// thinks.
// Invariant: at most one write under way, and short deadlines, so that a paused node never piles anything up. One
// connection, opened again when lost.
// Not here: the statement (operations/pinned-write.ts).
import type {Clock, EventSink} from '../model/ports.ts'
import {acknowledged} from '../model/history.ts'
import type {Op, PinnedWriteOp} from '../model/history.ts'
import {AccessPathError} from './access-paths/access-path.ts'
import type {Attempt, Reply, Statement} from './access-paths/access-path.ts'
import type {InFlight} from './in-flight.ts'
import type {Stamp} from './operations/operation.ts'
import {pinnedWrite} from './operations/pinned-write.ts'
import type {NodeConnection} from './node-connection.ts'

/** A pinned write has no longer than this; a node that needs more is not one that an application could use. */
const pinnedDeadlineMs = 1_000
/** An acknowledged write says for this long that the node is writable. */
const freshMs = 1_000

export interface PinnedWriter {
  readonly node: string
  /** Connects ahead of the load; a node that cannot be reached is no error. */
  warm(): Promise<void>
  /** Issues the write that is due, or records that the last one is still under way. */
  due(stamp: Stamp): void
  /** Is told of every finished write of this node, and emits the change if it is one. */
  finished(op: PinnedWriteOp): void
  writable(nowMs: number): boolean
  close(): void
}

export interface PinnedWriterOptions {
  readonly node: string
  readonly run: string
  readonly deadlineMs: number
  readonly clock: Pick<Clock, 'nowMs'>
  readonly inFlight: InFlight
  readonly open: (budgetMs: number) => Promise<NodeConnection>
  readonly emit: EventSink
}

export function createPinnedWriter(options: PinnedWriterOptions): PinnedWriter {
  const {node, run, clock, emit} = options
  const deadlineMs = Math.min(pinnedDeadlineMs, options.deadlineMs)
  let connection: NodeConnection | null = null
  let busy = false
  let closed = false
  let lastOkMs: number | null = null
  let wasWritable = false

  const connected = async (budgetMs: number): Promise<NodeConnection> => {
    if (connection !== null && !connection.broken()) return connection
    connection = null
    const opened = await options.open(budgetMs)
    if (closed) {
      opened.close()
      throw new AccessPathError('not-sent', 'CLOSED', 'the load is over')
    }
    connection = opened
    return opened
  }

  const send = async (statement: Statement, attempt: Attempt): Promise<Reply> => {
    const ready = await connected(attempt.deadlineAtMs - clock.nowMs())
    return ready.write(statement, attempt)
  }

  return {
    node,
    async warm() {
      await connected(deadlineMs).catch(() => undefined)
    },
    due(stamp) {
      const operation = pinnedWrite(send, run, stamp, node)
      if (busy) {
        options.inFlight.refuse(operation, 'BUSY', `the last write on ${node} is still under way`)
        return
      }
      busy = true
      void options.inFlight.issue(operation, deadlineMs).then(() => (busy = false))
    },
    finished(op) {
      if (op.error?.code === 'BUSY') return
      const ok = acknowledged(op)
      if (ok) lastOkMs = op.completedMs
      if (ok && !wasWritable) emit({kind: 'node.writable', atMs: op.completedMs, node, timeline: op.timeline})
      if (!ok && wasWritable) emit({kind: 'node.unwritable', atMs: op.completedMs, node, reason: reasonOf(op)})
      wasWritable = ok
    },
    writable: nowMs => wasWritable && lastOkMs !== null && nowMs - lastOkMs <= freshMs,
    close() {
      closed = true
      connection?.close()
      connection = null
    },
  }
}

function reasonOf(op: Op): string {
  if (op.error === null) return op.outcome
  return op.error.code === null ? op.error.message : `${op.error.code}: ${op.error.message}`
}
