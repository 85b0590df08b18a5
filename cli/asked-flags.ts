// The flags that make an experiment what it is, for a report to name the command that repeats it. PURE. Not here: the
// seed and the number of trials, which the report knows; where the answer goes.
import type {Asked} from '../src/model/plan.ts'
import {clusterFlags, loadFlags, objectiveFlags} from './experiment-flags.ts'
import {profileFlag} from './lab-flags.ts'
import {shardFlag} from './shard-flag.ts'

const names = ['scenario', ...[shardFlag, profileFlag, clusterFlags, loadFlags, objectiveFlags].flatMap(Object.keys)]

/** `flags` as they were given; `lab` wherever its name came from. */
export function askedFlags(flags: Readonly<Record<string, unknown>>, lab: string): Asked {
  const given = Object.entries(flags).filter(
    (entry): entry is [string, string | readonly string[]] =>
      names.includes(entry[0]) && (typeof entry[1] === 'string' || Array.isArray(entry[1])),
  )
  return {...Object.fromEntries(given), lab}
}
