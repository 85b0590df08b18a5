// Which runbook a report is about: by its scenario, by what it found, and by the errors in it. PURE. Invariant: every
// scenario that comes with hl has one. Not here: where the files lie (page-links.ts), what they say (runbooks/).
import {errorCodes} from '../model/errors.ts'
import type {Report} from '../model/report.ts'
import {failedSteps} from './failed-steps.ts'

/** By runbook, the scenarios that rehearse it. */
const rehearsals: Readonly<Record<string, readonly string[]>> = {
  'primary-down': [
    ...['primary-crash', 'primary-pause', 'primary-flap', 'postgres-crash', 'full-stop'],
    ...['shard-primary-crash', 'shard-down-during-scatter'],
  ],
  'dcs-quorum-lost': ['dcs-quorum-loss'],
  'etcd-member': ['dcs-leader-crash', 'primary-and-dcs-leader-crash'],
  'network-partition': ['primary-isolated', 'primary-cut-from-dcs', 'primary-cut-from-dcs-failsafe'],
  'split-brain': ['patroni-crash', 'control-split-brain'],
  'standby-lagging': ['sync-standby-crash', 'control-lagging-standby'],
  'tune-failover-time': ['no-fault', 'short-fault'],
  'switchover': ['switchover'],
  'restore-dropped-table': [
    ...['dropped-table', 'bad-update', 'across-timelines', 'failover-during-backup', 'restored-in-place'],
    ...['control-one-early', 'control-one-late'],
  ],
  'restore-shard': ['shards-lost', 'shard-lost'],
  'restore-cluster': ['cluster-lost', 'wrong-host', 'control-byte-flipped'],
  'archive-gap': ['archive-gap', 'control-segment-missing'],
  'node-damaged': ['corrupt-page', 'primary-volume-lost'],
  'table-lost': ['one-table', 'delayed-standby'],
  'prepared-transactions': ['coordinator-crash', 'control-half-transaction'],
  'shard-quarantined': ['catalog-lost', 'control-row-misplaced'],
  'hot-user': ['hot-user', 'shard-isolate'],
  'shard-rebalance': ['shard-rebalance'],
  'shard-add': ['shard-add'],
  'shard-drain': ['shard-drain'],
  'move-stuck': [
    ...['move-source-crash', 'move-destination-crash', 'move-catalog-down', 'move-abort-late', 'move-rollback'],
    ...['move-two-engineers', 'stale-client'],
    ...['control-move-row-left', 'control-move-row-changed', 'control-move-row-missing'],
  ],
}

export interface Runbook {
  /** Why it is named. */
  readonly of: string
  /** In the folder of runbooks. */
  readonly file: string
}

/** What to read with this report: none of a scenario of a person's own that met no error. */
export function runbooksOf(report: Pick<Report, 'scenario' | 'splitBrain' | 'events' | 'refusal'>): readonly Runbook[] {
  const own = Object.entries(rehearsals).flatMap(([name, scenarios]) =>
    scenarios.includes(report.scenario) ? [{of: report.scenario, file: `${name}.md`}] : [],
  )
  const two = report.splitBrain.acknowledgedMs > 0 ? [{of: 'two primaries', file: 'split-brain.md'}] : []
  const met = [...failedSteps(report.events).map(({code}) => code), report.refusal?.code]
  const errors = errorCodes.filter(code => met.includes(code)).map(code => ({of: code, file: `errors/${code}.md`}))
  const all = [...own, ...two, ...errors]
  return all.filter(({file}, index) => all.findIndex(other => other.file === file) === index)
}
