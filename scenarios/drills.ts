// Every drill that comes with the package, by name. Invariant: the only index; a drill that is not here does not exist for help, completion or tests.
import type {Drill} from '../src/model/drill.ts'
import {acrossTimelines} from './restore/across-timelines.ts'
import {archiveGap} from './restore/archive-gap.ts'
import {badUpdate} from './restore/bad-update.ts'
import {clusterLost} from './restore/cluster-lost.ts'
import {controlByteFlipped} from './restore/control-byte-flipped.ts'
import {controlOneEarly} from './restore/control-one-early.ts'
import {controlOneLate} from './restore/control-one-late.ts'
import {controlSegmentMissing} from './restore/control-segment-missing.ts'
import {corruptPage} from './restore/corrupt-page.ts'
import {delayedStandby} from './restore/delayed-standby.ts'
import {droppedTable} from './restore/dropped-table.ts'
import {failoverDuringBackup} from './restore/failover-during-backup.ts'
import {oneTable} from './restore/one-table.ts'
import {primaryVolumeLost} from './restore/primary-volume-lost.ts'
import {restoredInPlace} from './restore/restored-in-place.ts'
import {wrongHost} from './restore/wrong-host.ts'

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
