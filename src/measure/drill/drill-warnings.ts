// What a reader must know before believing a drill's number, each with what to do about it. Invariant: a warning never
// changes the verdict. Not here: assumptions, which do.
import type {HostFacts, Warning} from '../../model/report.ts'
import {formatMs} from '../../model/time.ts'
import {starvedBy} from '../host.ts'
import {ruleOfThree} from '../stats.ts'
import {raisedByTheRun} from '../warnings.ts'
import type {DrillMeasures} from './claims.ts'
import {acknowledgedPerSecond} from './drill-loss.ts'

/** Code -> what to do. Warnings that the run itself raised (events) keep their own. */
export const drillWarningTable = {
  'host-starved': 'repeat on a quieter host, or with less load; do not compare this drill with others',
  'one-trial': 'repeat at least ten times: none lost in n drills leaves up to 3/n',
  'few-writes-at-risk': 'raise the rate: a loss that could have taken few writes proves little',
  'rto-unattributed': 'read events.ndjson from the disaster on: no phase explains most of it',
  'rto-prediction-off':
    'do not plan with the prediction: look which part differs, and drill again with data of the size that matters',
  'no-wal-replayed':
    'let the load run longer between backup and disaster: this drill tested the base backup and none of the archive',
  'not-redundant': 'give the standbys longer: until they stream, the restored cluster is one node',
  'fsync-off': 'turn fsync on: nothing about loss can be learned without it',
} as const satisfies Record<string, string>
export type DrillWarningCode = keyof typeof drillWarningTable

const predictionFactorMax = 2
const perSecondMin = 10

export function drillWarnings(measures: DrillMeasures, host: HostFacts): readonly Warning[] {
  const {record, events} = measures.facts
  const own =
    record.drill.nature === 'refusal'
      ? []
      : [
          ...lossWarnings(measures),
          ...figureWarnings(measures),
          warnIf('fsync-off', record.config.fsync === false && 'fsync is off on the primary'),
        ]
  return [
    ...[...own, warnIf('host-starved', starvedBy(host))].filter(warning => warning !== null),
    ...raisedByTheRun(events),
  ]
}

function warnIf(code: DrillWarningCode, detail: string | null | false): Warning | null {
  return detail === null || detail === false ? null : {code, detail, next: drillWarningTable[code]}
}

function lossWarnings({facts, rpo, rewind}: DrillMeasures): readonly (Warning | null)[] {
  const perSecond = acknowledgedPerSecond(facts)
  const none = (rpo?.transactions ?? rewind?.missing) === 0
  const share = Math.round((ruleOfThree(1) ?? 1) * 100)
  return [
    warnIf(
      'one-trial',
      none &&
        facts.record.drill.nature === 'drill' &&
        `none lost in one drill: up to ${share} % of such disasters may still lose some (95 %, rule of three)`,
    ),
    warnIf(
      'few-writes-at-risk',
      rpo !== null && perSecond < perSecondMin && `${perSecond} writes per second were acknowledged before the loss`,
    ),
  ]
}

function figureWarnings({facts, rto}: DrillMeasures): readonly (Warning | null)[] {
  const {restore} = facts.record
  const ms = rto?.ms ?? null
  const predictedMs = rto?.predictedMs ?? null
  const unattributedMs = rto?.parts.find(part => part.name === 'unattributed')?.ms ?? 0
  const off =
    ms !== null &&
    predictedMs !== null &&
    (ms > predictedMs * predictionFactorMax || predictedMs > ms * predictionFactorMax)
  return [
    warnIf(
      'rto-unattributed',
      ms !== null && unattributedMs * 2 > ms && `${formatMs(unattributedMs)} of ${formatMs(ms)}`,
    ),
    warnIf('rto-prediction-off', off && `RTO ${formatMs(ms)}, predicted ${formatMs(predictedMs)}`),
    warnIf(
      'no-wal-replayed',
      restore !== null && ms !== null && restore.replayedBytes <= 0 && 'the restored cluster replayed no WAL',
    ),
    warnIf(
      'not-redundant',
      ms !== null && rto?.timeToRedundancyMs === null && 'the restored cluster was not seen fully redundant',
    ),
  ]
}
