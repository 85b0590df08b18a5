// Whose failure a failed step is: the cluster's answer, a way back that did not work, or a fault of hl, Docker or the
// host. Invariant: the latter is never held against the cluster.
// Not here: what follows from it (assumptions.ts, claims.ts).
import type {ErrorCode} from '../model/errors.ts'
import {isWayBack, type Step} from '../model/scenario.ts'
import {eventsOf, type EventOf} from './events-of.ts'
import type {Facts} from './facts.ts'

export interface FailedSteps {
  /** A wait that was asked and not met, or a switchover that was not done: a claim (conditions-met). */
  readonly byCluster: EventOf<'step.failed'> | null
  /** What brings back did not come to its end: a claim (recovered, way-back-ended). */
  readonly wayBack: EventOf<'step.failed'> | null
  /** Everything else that failed: an assumption (steps-ran). */
  readonly byUs: EventOf<'step.failed'> | null
}

/** What a cluster can answer to a wait or a switchover; every other code says that it could not be asked. */
const clusterAnswers: ReadonlySet<string> = new Set<ErrorCode>(['TIMEOUT', 'PATRONI_REFUSED', 'NODE_UNKNOWN'])

/** A way back that fails with one of these was failed by the host or by hl. */
const hostFaults: ReadonlySet<string> = new Set<ErrorCode>([
  'DOCKER_MISSING',
  'DOCKER_UNREACHABLE',
  'COMPOSE_MISSING',
  'IMAGE_MISSING',
  'DISK_FULL',
  'PORT_IN_USE',
  'BUG',
  'INTERRUPTED',
])

/** The first failure of each kind; of a way back whatever failed it. */
export function failedSteps({record, events}: Pick<Facts, 'record' | 'events'>): FailedSteps {
  const stepOf = (event: EventOf<'step.failed'>): Step | null => record.scenario.steps[event.step] ?? null
  const isAnswer = (event: EventOf<'step.failed'>): boolean => {
    const step = stepOf(event)
    return (step?.kind === 'await' || step?.kind === 'switchover') && clusterAnswers.has(event.code)
  }
  const isOfWayBack = (event: EventOf<'step.failed'>): boolean => isWayBack(stepOf(event))
  const failed = eventsOf(events, 'step.failed')
  return {
    byCluster: failed.find(isAnswer) ?? null,
    wayBack: failed.find(isOfWayBack) ?? null,
    byUs: failed.find(event => !isAnswer(event) && !(isOfWayBack(event) && !hostFaults.has(event.code))) ?? null,
  }
}
