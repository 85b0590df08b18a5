// PURE: which cluster of a lab is meant. Invariant: a lab of one cluster needs no name, and where there are several
// nobody guesses. Not here: the clusters that there are (lab-description.ts), the flag --shard (cli).
import {hint, type NextStep} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {LabDescription} from './lab-description.ts'

export interface ShardChoice {
  /** As it was asked for; absent: the only one. */
  readonly shard?: string | undefined
  /** The command that was given, for that shard; `null`: without one. Absent: what names them is told. */
  readonly again?: ((shard: string | null) => NextStep) | undefined
}

/** Its name. SHARD_UNKNOWN when the lab has no such one, or several and none was named. */
export function chooseShard(lab: LabDescription, {shard, again}: ShardChoice): string {
  const names = lab.clusters.map(({name}) => name)
  const [first, second] = names
  if (shard !== undefined && names.includes(shard)) return shard
  // No member is left: whoever works on the lab finds out, and says it better.
  if (shard === undefined && second === undefined) return first ?? lab.cluster
  const several = second !== undefined
  const is = several ? `it has ${names.join(', ')}` : `it is one cluster, ${first ?? lab.cluster}`
  const message =
    shard === undefined
      ? `lab ${lab.lab} has several shards, and none was named: ${names.join(', ')}`
      : `lab ${lab.lab} has no shard ${shard}: ${is}`
  const works = again?.(several ? (first ?? null) : null)
  throw new HlError('SHARD_UNKNOWN', message, {
    next: [...(works === undefined ? [] : [works]), hint('status', {lab: lab.lab, why: 'shows each'})],
  })
}
