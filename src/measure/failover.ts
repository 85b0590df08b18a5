// Did a failover happen? By the lease and by the timeline, never by a role. Invariant: the lease going away and coming
// back to the same owner is none.
// Not here: whether one was wanted (claims.ts).
import {acknowledged} from '../model/history.ts'
import {comesBackWhole} from '../model/scenario.ts'
import {aboutSubject} from './alone-on-shard.ts'
import {eventsOf} from './events-of.ts'
import type {Facts} from './facts.ts'
import {finding, type Finding} from './run-checks.ts'

interface FailoverSeen {
  /** Owners of the lease in order, neighbours differing. */
  readonly owners: readonly string[]
  /**
   * Timelines that clients' writes were acknowledged on, and that of the final state, in order, neighbours differing.
   */
  readonly timelines: readonly number[]
  /** null when neither the lease nor a timeline was seen. */
  readonly happened: boolean | null
}

type FailoverFacts = Pick<Facts, 'events' | 'firstLoad' | 'record'>

/** A cluster that came back whole has a timeline of its own, which is no failover of the one before. */
function failoverSeen({events, firstLoad, record}: FailoverFacts): FailoverSeen {
  const atFirst = eventsOf(events, 'cluster.observed')[0]?.leaseOwner ?? null
  const told = [atFirst, ...eventsOf(events, 'lease.changed').flatMap(event => [event.from, event.to])]
  const owners = distinctNeighbours(told.filter(owner => owner !== null))
  const inTheEnd = comesBackWhole(record.scenario.steps) ? null : (record.final?.timeline ?? null)
  const timelines: number[] = []
  const tell = (timeline: number | null): void => {
    if (timeline !== null && timeline !== timelines.at(-1)) timelines.push(timeline)
  }
  for (const op of aboutSubject(firstLoad, record)) if (acknowledged(op)) tell(op.timeline)
  tell(inTheEnd)
  const nothingSeen = owners.length === 0 && timelines.length === 0
  return {owners, timelines, happened: nothingSeen ? null : owners.length > 1 || new Set(timelines).size > 1}
}

/** Was it as it was wanted? unknown when nothing of it was seen. */
export function failoverFinding(facts: FailoverFacts, wanted: boolean): Finding {
  const {happened, owners, timelines} = failoverSeen(facts)
  if (happened === null) return {verdict: 'unknown', detail: 'neither the lease nor a timeline was seen'}
  return finding(
    happened === wanted,
    'fail',
    `lease: ${owners.join(' -> ') || 'not seen'}; timeline: ${timelines.join(' -> ') || 'not seen'}`,
  )
}

function distinctNeighbours<T>(values: readonly T[]): readonly T[] {
  return values.filter((value, index) => index === 0 || value !== values[index - 1])
}
