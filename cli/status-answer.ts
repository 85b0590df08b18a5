// What `hl status` saw, and what it tells programs of it. PURE.
import type {ClusterStatus} from '../src/faults/cluster-status.ts'
import type {Condition} from '../src/lab/observe/lab-conditions.ts'
import type {MonitoringPlace} from '../src/lab/lifecycle/monitoring-services.ts'
import {hint, hintText} from '../src/model/command-hint.ts'
import {HlError} from '../src/model/errors.ts'
import {defaultSettings, healthProblems} from '../src/model/topology.ts'
import {formatBytes} from '../src/model/quantity.ts'

/** A cluster, and what is wrong with it. */
export interface ClusterAnswer extends ClusterStatus {
  readonly problems: readonly string[]
}

export interface StatusAnswer extends ClusterAnswer {
  /** What is wrong with the lab beside its clusters, each with the commands that mend it. */
  readonly conditions: readonly {readonly text: string; readonly fix: readonly string[]}[]
  /** Where the lab has several, and none was named: all of them, of which the first is told above. */
  readonly clusters?: readonly ClusterAnswer[]
  /** Prometheus and Alertmanager beside it; absent: it has none. */
  readonly monitoring?: MonitoringPlace
}

/** One look at a lab. */
export interface Seen {
  readonly clusters: readonly ClusterStatus[]
  readonly conditions: readonly Condition[]
}

/** Why a cluster is not as it should be: not redundant, or a standby too far behind to follow its primary. */
export function problemsOf({state, settings}: Pick<ClusterStatus, 'state' | 'settings'>): readonly string[] {
  const known = settings ?? defaultSettings
  const limit = known.maximumLagOnFailoverBytes
  const late = state.members.flatMap(({name, lagBytes}) =>
    lagBytes === null || lagBytes <= limit
      ? []
      : [
          `${name}: ${formatBytes(lagBytes)} behind, and Patroni promotes none that is more than ` +
            `${formatBytes(limit)} behind (maximum_lag_on_failover)`,
        ],
  )
  return [...healthProblems(state, known), ...late]
}

/** Is there anything that is to be mended, or healed? */
export const isWrong = ({clusters, conditions}: Seen): boolean =>
  conditions.length > 0 || clusters.some(each => each.faults.length > 0 || problemsOf(each).length > 0)

/** LAB_UNHEALTHY for a lab without a node. */
export function answerOf({clusters: seen, conditions}: Seen, lab: string): StatusAnswer {
  const clusters = seen.map(each => ({...each, problems: problemsOf(each)}))
  const [first] = clusters
  if (first === undefined)
    throw new HlError('LAB_UNHEALTHY', `lab ${lab} has no PostgreSQL node`, {next: [hint('down', {lab})]})
  const told = conditions.map(({text, fix}) => ({text, fix: fix.map(step => hintText(step, lab))}))
  return {...first, conditions: told, ...(clusters.length === 1 ? {} : {clusters})}
}
