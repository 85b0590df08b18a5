// One node asked: who it is, then what its views say. Invariant: within a bound of its own, and what was answered
// before it is kept; a view that fails or hangs does not make the node seem dead. PURE but for the session.
import type {Clock} from '../../model/ports.ts'
import type {NodeIdentity, NodeStatistics} from '../cluster-facts.ts'
import {identityQuestion, parseIdentity, parseStatistics, statisticsQuestion} from './node-questions.ts'
import type {OpenSession} from './node-session.ts'

export interface NodeAnswer {
  readonly identity: NodeIdentity
  /** null: the views failed, or were not answered in time. */
  readonly statistics: NodeStatistics | null
}

/** Rejects where there is no connection, or no identity. */
export async function askNode(open: OpenSession, clock: Pick<Clock, 'nowMs'>, withinMs: number): Promise<NodeAnswer> {
  const untilMs = clock.nowMs() + withinMs
  const leftMs = (): number => untilMs - clock.nowMs()
  const session = await open(leftMs())
  try {
    const identity = parseIdentity(await session.ask(identityQuestion, leftMs()))
    const statistics = await session.ask(statisticsQuestion, leftMs()).then(parseStatistics, () => null)
    return {identity, statistics}
  } finally {
    session.close()
  }
}
