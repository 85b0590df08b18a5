// Whose failure a failed step is: the cluster's answer, or a fault of hl, Docker or the host. Invariant: the latter is
// never held against the cluster.
// Not here: what follows from it (assumptions.ts, claims.ts).
import type {ErrorCode} from '../model/errors.ts'
import {eventsOf, type EventOf} from './events-of.ts'
import type {Facts} from './facts.ts'
import {startedSteps} from './moments.ts'

export interface FailedSteps {
  /** A wait that was asked and not met, or a switchover that was not done: a claim (conditions-met). */
  readonly byCluster: EventOf<'step.failed'> | null
  /** Everything else that failed: an assumption (steps-ran). */
  readonly byUs: EventOf<'step.failed'> | null
}

/** What a cluster can answer to a wait or a switchover; every other code says that it could not be asked. */
const clusterAnswers: ReadonlySet<string> = new Set<ErrorCode>(['TIMEOUT', 'PATRONI_REFUSED', 'NODE_UNKNOWN'])

/** The first failure of each kind. */
export function failedSteps({record, events}: Pick<Facts, 'record' | 'events'>): FailedSteps {
  const asked = new Set(
    startedSteps(record.scenario, events).flatMap(({step, index}) =>
      step.kind === 'await' || step.kind === 'switchover' ? [index] : [],
    ),
  )
  const isAnswer = (event: EventOf<'step.failed'>): boolean => asked.has(event.step) && clusterAnswers.has(event.code)
  const failed = eventsOf(events, 'step.failed')
  return {byCluster: failed.find(isAnswer) ?? null, byUs: failed.find(event => !isAnswer(event)) ?? null}
}
