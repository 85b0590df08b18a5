// Every drill that comes with the package, by name. Invariant: the only index; a drill that is not here does not exist
// for help, completion or tests.
import type {Drill} from '../src/model/drill.ts'
import {acrossTimelines} from './recovery/across-timelines.ts'
import {archiveGap} from './recovery/archive-gap.ts'
import {badUpdate} from './recovery/bad-update.ts'
import {clusterLost} from './recovery/cluster-lost.ts'
import {controlByteFlipped} from './recovery/control-byte-flipped.ts'
import {controlOneEarly} from './recovery/control-one-early.ts'
import {controlOneLate} from './recovery/control-one-late.ts'
import {controlSegmentMissing} from './recovery/control-segment-missing.ts'
import {corruptPage} from './recovery/corrupt-page.ts'
import {delayedStandby} from './recovery/delayed-standby.ts'
import {droppedTable} from './recovery/dropped-table.ts'
import {failoverDuringBackup} from './recovery/failover-during-backup.ts'
import {oneTable} from './recovery/one-table.ts'
import {primaryVolumeLost} from './recovery/primary-volume-lost.ts'
import {restoredInPlace} from './recovery/restored-in-place.ts'
import {wrongHost} from './recovery/wrong-host.ts'

/** Plain first, controls last. */
export const drills = {
  'dropped-table': droppedTable,
  'bad-update': badUpdate,
  'restored-in-place': restoredInPlace,
  'one-table': oneTable,
  'delayed-standby': delayedStandby,
  'primary-volume-lost': primaryVolumeLost,
  'corrupt-page': corruptPage,
  'failover-during-backup': failoverDuringBackup,
  'across-timelines': acrossTimelines,
  'cluster-lost': clusterLost,
  'archive-gap': archiveGap,
  'wrong-host': wrongHost,
  'control-one-late': controlOneLate,
  'control-one-early': controlOneEarly,
  'control-segment-missing': controlSegmentMissing,
  'control-byte-flipped': controlByteFlipped,
} as const satisfies Readonly<Record<string, Drill>>

export type DrillName = keyof typeof drills

/** The names, typed, for flags and completion. */
export const drillNames = Object.keys(drills).filter((name): name is DrillName => name in drills)
