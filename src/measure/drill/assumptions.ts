// What must be true of a drill before anything can be claimed from it. Invariant: an assumption is held or not
// (unknown), never a fail: these are faults of hl or of the host.
// Not here: claims about the restored cluster (claims.ts). A drill about a refusal assumes nothing: all that counts is
// whether it was refused.
import type {ErrorCode} from '../../model/errors.ts'
import {acknowledged} from '../../model/history.ts'
import {baselineWritesMin, clockMonotonic, idsUnique, writesMin} from '../assumptions.ts'
import {eventsOf} from '../events-of.ts'
import {finding, type Checker, type Finding} from '../run-checks.ts'
import type {DrillCheckName} from './check-table.ts'
import type {DrillFacts} from './drill-facts.ts'
import {disasterOf, drillStepOf, isWayBack} from './drill-steps.ts'

export const drillAssumptions: readonly Checker<DrillFacts, DrillCheckName>[] = [
  ['load-before-disaster', loadBeforeDisaster],
  ['enough-writes', enoughWrites],
  ['disaster-happened', disasterHappened],
  ['steps-ran', stepsRan],
  ['clock-monotonic', clockMonotonic],
  ['ids-unique', idsUnique],
]

/** A restore that fails with one of these was not the restore's fault. */
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

function loadBeforeDisaster({writes, record}: DrillFacts): Finding {
  const {disaster} = record
  if (disaster === null) return null
  const before = writes.filter(op => acknowledged(op) && op.completedMs < disaster.invokedMs).length
  return finding(
    before >= baselineWritesMin,
    'unknown',
    `${before} writes acknowledged before the disaster, at least ${baselineWritesMin} needed`,
  )
}

function enoughWrites({writes}: DrillFacts): Finding {
  const ok = writes.filter(acknowledged).length
  return finding(ok >= writesMin, 'unknown', `${ok} writes acknowledged, at least ${writesMin} needed`)
}

function disasterHappened({record}: DrillFacts): Finding {
  if (disasterOf(record.drill.steps) === null) return null
  return finding(
    record.disaster !== null,
    'unknown',
    record.disaster === null ? 'the disaster never came' : record.disaster.describe,
  )
}

/** A restore that fails is the answer to the drill's question (recovered), unless the host failed it. */
function stepsRan({record, events}: DrillFacts): Finding {
  const interrupted = eventsOf(events, 'run.interrupted')[0]
  if (interrupted !== undefined) return {verdict: 'unknown', detail: `interrupted by ${interrupted.signal}`}
  const failed = eventsOf(events, 'step.failed')
  const byUs = failed.find(
    event => hostFaults.has(event.code) || !isWayBack(drillStepOf(event.step, record.drill, events)),
  )
  if (byUs !== undefined) return {verdict: 'unknown', detail: `step failed: ${byUs.label}: ${byUs.message}`}
  return {verdict: 'pass', detail: failed.length === 0 ? 'no step failed' : 'only the restore failed'}
}
