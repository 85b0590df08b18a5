// What a reader must know before believing a number, each with what to do about it. Invariant: a warning never changes
// the verdict. Not here: assumptions, which do.
import {acknowledged} from '../model/history.ts'
import type {EffectiveConfig, HostFacts, Warning} from '../model/report.ts'
import type {RunEvent} from '../model/run-event.ts'
import {comesBackWhole} from '../model/scenario.ts'
import {formatMs} from '../model/time.ts'
import {formatCount, plural} from '../model/quantity.ts'
import {Steps} from './stats.ts'
import type {Measures} from './claims.ts'
import {eachNumber, leastOf, where, within} from './columns.ts'
import {countLate, countWrites} from './counts.ts'
import {eventsOf} from './events-of.ts'
import {starvedBy} from './host.ts'

/** Code -> what to do. Warnings that the run itself raised (events) keep their own. */
const warningTable = {
  'host-starved': 'repeat on a quieter host, or with fewer nodes and less load; do not compare this run with others',
  'load-below-target':
    'lower the rates (--writes, the load of the scenario), or give the host more CPU: the losses and gaps of a ' +
    'thinner load are seen less sharply',
  'load-late': 'lower the rate until the baseline is on time',
  'baseline-short': 'lengthen the first hold: gaps and latency are judged against the baseline',
  'baseline-stalls':
    'look for what else runs on the host: outages without errors shorter than three times this are not seen',
  'fault-seen-late':
    'trust the RTO, not the time since the fault: the effect was verified after the first client had felt it',
  'few-writes-at-risk':
    'raise the rate: a fault or a disaster that could have taken few writes proves little about loss',
  'one-trial': 'repeat at least ten times (--repeat 10): none lost in n trials leaves up to 3/n',
  'rto-near-resolution': 'raise the write rates: the RTO is close to the distance between two probes',
  'rto-unattributed': 'read events.ndjson around the outage: no event and no phase explains most of it',
  'acknowledged-locally': 'count these as at risk: they were committed without a synchronous standby',
  'dual-primary-reported': 'compare with pinned writes: two nodes called themselves primary, which alone loses nothing',
  'dual-writable':
    'fence the old primary (watchdog): two nodes took writes at once, and only the wait for a standby kept them ' +
    'from acknowledging',
  'reads-not-back': 'look at the access path: reads through it stopped and did not come back although writes may have',
  'rto-prediction-off':
    'do not plan with the prediction: look which part differs, and run it again with data of the size that matters',
  'no-wal-replayed':
    'let the load run longer between backup and disaster: this run tested the base backup and none of the archive',
  'not-redundant': 'give the standbys longer: until they stream, what came back is one node',
  'fsync-off': 'turn fsync on: nothing about loss can be learned without it',
  'settings-differ':
    'compare with the flags of this run; where none asked for it, Patroni corrected a value that it does not ' +
    'accept, which it does without an error',
} as const satisfies Record<string, string>
export type WarningCode = keyof typeof warningTable

const loadShareMin = 0.9
const lateShareMax = 0.01
const baselineMsMin = 3_000
const baselineGapMsMax = 500
const atRiskMin = 10
const resolutionsMin = 3
const predictionFactorMax = 2
/** A role is polled, so two reported primaries for less than this may be one poll behind the other. */
const reportedMsMin = 1_000

/** Settings as they are shown, by what Patroni calls them. */
const patroniNames = {
  ttlS: 'ttl',
  loopWaitS: 'loop_wait',
  retryTimeoutS: 'retry_timeout',
  failsafeMode: 'failsafe_mode',
  maximumLagOnFailoverBytes: 'maximum_lag_on_failover',
} as const

/** What is shown and what Patroni said, where they differ; what Patroni does not mention is its own default. */
function contradicting({settings, patroni}: EffectiveConfig): readonly string[] {
  const isOn = settings.synchronousMode !== 'off'
  const said = patroni['synchronous_mode']
  const sync =
    said === undefined || (said !== false && said !== 'off') === isOn
      ? []
      : [`synchronousMode: ${settings.synchronousMode} is shown, Patroni said ${JSON.stringify(said)}`]
  return [
    ...Object.entries(patroniNames).flatMap(([name, key]) => {
      const [shown, read] = [settings[name as keyof typeof patroniNames], patroni[key]]
      return read === undefined || read === shown
        ? []
        : [`${name}: ${JSON.stringify(shown)} is shown, Patroni said ${JSON.stringify(read)}`]
    }),
    ...sync,
  ]
}

/** A refusal has no figures to doubt. */
export function warningsOf(measures: Measures, host: HostFacts): readonly Warning[] {
  const {record, events} = measures.facts
  const ofFigures =
    record.scenario.expect.kind === 'refusal'
      ? []
      : [
          ...loadWarnings(measures),
          ...figureWarnings(measures),
          ...recoveryWarnings(measures),
          ...clusterWarnings(measures),
        ]
  return [
    ...[...ofFigures, warnIf('host-starved', starvedBy(host))].filter(warning => warning !== null),
    ...raisedByTheRun(events),
  ]
}

/** Warnings that the run itself raised, each code once with its first detail and how often it came. */
function raisedByTheRun(events: readonly RunEvent[]): readonly Warning[] {
  const byCode = Map.groupBy(eventsOf(events, 'warning'), event => event.code)
  return [...byCode.values()].flatMap(([first, ...more]) =>
    first === undefined
      ? []
      : [
          {
            code: first.code,
            detail: more.length === 0 ? first.detail : `${first.detail}; ${more.length} more times`,
            next: first.next,
          },
        ],
  )
}

function warnIf(code: WarningCode, detail: string | null | false): Warning | null {
  return detail === null || detail === false ? null : {code, detail, next: warningTable[code]}
}

function loadWarnings({facts}: Measures): readonly (Warning | null)[] {
  const {firstLoad: writes, moments, record} = facts
  const startMs = leastOf(writes, 'dueMs')
  const endMs = moments.disturbedMs ?? writes.at(-1)?.completedMs ?? startMs
  const baseline = within(writes, 'dueMs', {upTo: endMs})
  const seconds = (endMs - startMs) / 1_000
  const target = (record.config.load.writesPerSecond + record.config.load.transfersPerSecond) * seconds
  const late = countLate(baseline)
  const steps = new Steps()
  eachNumber(where(baseline, acknowledged), 'completedMs', atMs => {
    if (atMs <= endMs) steps.add(atMs)
  })
  return [
    warnIf(
      'load-below-target',
      seconds > 0 &&
        baseline.length < loadShareMin * target &&
        `${plural(baseline.length, 'write')} due in the baseline, ${formatCount(target)} by the rate`,
    ),
    warnIf(
      'load-late',
      late > lateShareMax * baseline.length &&
        `${formatCount(late)} of ${plural(baseline.length, 'write')} of the baseline issued late`,
    ),
    warnIf(
      'baseline-short',
      moments.disturbedMs !== null &&
        seconds * 1_000 < baselineMsMin &&
        `the load ran for ${formatMs(Math.max(0, seconds * 1_000))} before the disturbance`,
    ),
    warnIf(
      'baseline-stalls',
      steps.longest > baselineGapMsMax &&
        `${formatMs(steps.longest)} without an acknowledged write before anything was disturbed`,
    ),
  ]
}

function figureWarnings({facts, rto, rpo, pointInTime}: Measures): readonly (Warning | null)[] {
  const {moments, outage, ledger, recovery, record} = facts
  const unattributedMs = rto?.parts.find(part => part.name === 'unattributed')?.ms ?? 0
  const disturbed = moments.disturbedMs !== null
  return [
    warnIf(
      'fault-seen-late',
      outage !== null &&
        recovery === null &&
        moments.faultMs !== null &&
        rto?.timeToFirstErrorMs === 0 &&
        `the first error came before the effect was verified`,
    ),
    warnIf(
      'few-writes-at-risk',
      disturbed &&
        (outage !== null || recovery !== null) &&
        rpo !== null &&
        rpo.atRisk < atRiskMin &&
        `${plural(rpo.atRisk, 'write was', 'writes were')} acknowledged in the second before the fault`,
    ),
    warnIf(
      'one-trial',
      disturbed &&
        ledger.readable &&
        record.scenario.expect.kind === 'recovery' &&
        (pointInTime?.missing ?? rpo?.transactions) === 0 &&
        'none lost in one trial',
    ),
    warnIf(
      'rto-near-resolution',
      rto !== null &&
        rto.ms !== null &&
        rto.ms > 0 &&
        rto.ms < resolutionsMin * rto.resolutionMs &&
        `RTO ${formatMs(rto.ms)}, probes ${formatMs(rto.resolutionMs)} apart`,
    ),
    warnIf(
      'rto-unattributed',
      rto !== null &&
        rto.ms !== null &&
        unattributedMs * 2 > rto.ms &&
        `${formatMs(unattributedMs)} of ${formatMs(rto.ms)}`,
    ),
  ]
}

function recoveryWarnings({facts, rto}: Measures): readonly (Warning | null)[] {
  const ms = facts.recovery === null ? null : (rto?.ms ?? null)
  if (rto === null || ms === null) return []
  const {predictedMs} = rto
  const off = predictedMs !== null && Math.max(ms / predictedMs, predictedMs / ms) > predictionFactorMax
  const restore = facts.record.recovery?.restore ?? null
  return [
    warnIf('rto-prediction-off', off && `RTO ${formatMs(ms)}, predicted ${formatMs(predictedMs)}`),
    warnIf('no-wal-replayed', restore !== null && restore.replayedBytes <= 0 && 'what came back replayed no WAL'),
    warnIf('not-redundant', rto.timeToRedundancyMs === null && 'what came back was not seen fully redundant'),
  ]
}

function clusterWarnings({facts, splitBrain, readsPrimary, readsStandby, rto}: Measures): readonly (Warning | null)[] {
  const {acknowledgedLocalOnly} = countWrites(facts)
  const {config, scenario} = facts.record
  // A cluster that comes back whole is another one: the reads of the one before end with it.
  // Of a run that was interrupted nobody waited for them.
  const isInterrupted = eventsOf(facts.events, 'run.interrupted').length > 0
  const stopped =
    rto === null || isInterrupted || comesBackWhole(scenario.steps)
      ? []
      : [
          ...(readsPrimary.ok > 0 && rto.readsPrimaryMs === null ? ['primary'] : []),
          ...(readsStandby.ok > 0 && rto.readsStandbyMs === null ? ['standbys'] : []),
        ]
  const differing = [
    ...Object.entries(scenario.clusters[0].settings)
      .filter(
        ([name, wanted]) =>
          name !== 'parameters' &&
          !Object.entries(config.settings).some(([key, value]) => key === name && value === wanted),
      )
      .map(([name, wanted]) => `${name}: the scenario asks for ${JSON.stringify(wanted)}`),
    ...contradicting(config),
  ]
  return [
    warnIf(
      'acknowledged-locally',
      acknowledgedLocalOnly > 0 &&
        `${plural(acknowledgedLocalOnly, 'write was', 'writes were')} acknowledged after the wait for a standby was cancelled`,
    ),
    warnIf('dual-primary-reported', splitBrain.reportedMs >= reportedMsMin && `for ${formatMs(splitBrain.reportedMs)}`),
    warnIf(
      'dual-writable',
      splitBrain.writableMs > 0 && splitBrain.pairs.length === 0 && `for ${formatMs(splitBrain.writableMs)}`,
    ),
    warnIf('reads-not-back', stopped.length > 0 && `reads from ${stopped.join(' and ')}`),
    warnIf('fsync-off', config.fsync === false && 'fsync is off on the primary'),
    warnIf('settings-differ', differing.length > 0 && differing.join('; ')),
  ]
}
