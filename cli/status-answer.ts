// What `hl status` saw, and what it tells programs of it. PURE.
import type {ClusterStatus} from '../src/faults/cluster-status.ts'
import type {Condition} from '../src/lab/observe/lab-conditions.ts'
import {hint, hintText} from '../src/model/command-hint.ts'
import {HlError} from '../src/model/errors.ts'

export interface StatusAnswer extends ClusterStatus {
  /** What is wrong with the lab beside its clusters, each with the commands that mend it. */
  readonly conditions: readonly {readonly text: string; readonly fix: readonly string[]}[]
  /** Where the lab has several, and none was named: all of them, of which the first is told above. */
  readonly clusters?: readonly ClusterStatus[]
}

/** One look at a lab. */
export interface Seen {
  readonly clusters: readonly ClusterStatus[]
  readonly conditions: readonly Condition[]
}

/** Is there anything that is to be mended? */
export const isWrong = ({clusters, conditions}: Seen): boolean =>
  conditions.length > 0 || clusters.some(({problems}) => problems.length > 0)

/** LAB_UNHEALTHY for a lab without a node. */
export function answerOf({clusters, conditions}: Seen, lab: string): StatusAnswer {
  const [first] = clusters
  if (first === undefined)
    throw new HlError('LAB_UNHEALTHY', `lab ${lab} has no PostgreSQL node`, {next: [hint('down', {lab})]})
  const told = conditions.map(({text, fix}) => ({text, fix: fix.map(step => hintText(step, lab))}))
  return {...first, conditions: told, ...(clusters.length === 1 ? {} : {clusters})}
}
