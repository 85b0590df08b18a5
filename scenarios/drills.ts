// Every drill that comes with the package, by name. Invariant: the only index; a drill that is not here does not exist for help, completion or tests.
import type {Drill} from '../src/model/drill.ts'
import {acrossTimelines} from './restore/across-timelines.ts'
import {archiveGap} from './restore/archive-gap.ts'
import {badUpdate} from './restore/bad-update.ts'
import {clusterLost} from './restore/cluster-lost.ts'
import {controlOneEarly} from './restore/control-one-early.ts'
import {controlOneLate} from './restore/control-one-late.ts'
import {droppedTable} from './restore/dropped-table.ts'

/** Plain first, controls last. */
export const drills = {
  'dropped-table': droppedTable,
  'bad-update': badUpdate,
  'cluster-lost': clusterLost,
  'across-timelines': acrossTimelines,
  'archive-gap': archiveGap,
  'control-one-late': controlOneLate,
  'control-one-early': controlOneEarly,
} as const satisfies Readonly<Record<string, Drill>>

export type DrillName = keyof typeof drills

/** The names, typed, for flags and completion. */
export const drillNames = Object.keys(drills).filter((name): name is DrillName => name in drills)
