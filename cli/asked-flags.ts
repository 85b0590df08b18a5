// What makes an experiment what it is, as flags, for a report to name the command that repeats it: whether it was given
// as a flag, by HL_* or in the config file. PURE. Not here: the seed and the number of trials, which the report knows;
// where the answer goes.
import {fields, type Settings} from '../src/config/fields.ts'
import type {Asked} from '../src/model/plan.ts'
import {clusterFlags, loadFlags, objectiveFlags} from './experiment-flags.ts'
import {profileFlag} from './lab-flags.ts'
import {shardFlag} from './shard-flag.ts'

/** Of flags that no setting has: as they were given. */
const asGiven = ['scenario', 'param', ...Object.keys(shardFlag), ...Object.keys(profileFlag)]

type SettingFlag = Exclude<keyof typeof clusterFlags | keyof typeof loadFlags | keyof typeof objectiveFlags, 'param'>

const seconds = (value: number | null): string | null => (value === null ? null : `${value}s`)
const text = (value: string | number | null): string | null => (value === null ? null : String(value))

/** null: the scenario or the lab decides. */
const ofSettings: Readonly<Record<SettingFlag, (settings: Settings) => string | null>> = {
  'sync': ({sync}) => sync,
  'ttl': ({ttl}) => seconds(ttl),
  'loop-wait': ({loopWait}) => seconds(loopWait),
  'retry-timeout': ({retryTimeout}) => seconds(retryTimeout),
  'failsafe': ({failsafe}) => (failsafe === null ? null : failsafe ? 'on' : 'off'),
  'through': ({through}) => (through === fields.through.default ? null : through),
  'writes': ({writes}) => text(writes),
  'rto-max': ({rtoMax}) => (rtoMax === null ? null : `${rtoMax}ms`),
  'rpo-max': ({rpoMax}) => text(rpoMax),
}

/** `takes`: the flags of the command. */
export function askedFlags(
  flags: Readonly<Record<string, unknown>>,
  settings: Settings,
  takes: readonly string[],
): Asked {
  const given = Object.entries(flags).filter(
    (entry): entry is [string, string | readonly string[]] =>
      asGiven.includes(entry[0]) && (typeof entry[1] === 'string' || Array.isArray(entry[1])),
  )
  const set = Object.entries(ofSettings).flatMap(([name, of]) => {
    // As it was typed, where it was.
    const typed = flags[name]
    const value = typeof typed === 'string' ? typed : of(settings)
    return value === null || !takes.includes(name) ? [] : [[name, value] as const]
  })
  return {...Object.fromEntries([...given, ...set]), lab: settings.lab}
}
