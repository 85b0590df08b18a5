// Which drill is run by which test file. Invariant: every drill of the package is in exactly one group
// (drill-groups.test.ts in test/suite). For tests only.
import type {RecoveryName} from '../../scenarios/index.ts'

export const drillGroups = {
  /** Restored into a new lab, to just before a bad statement; what came after it is lost. */
  pointInTime: ['dropped-table', 'bad-update', 'across-timelines'],
  /** The whole cluster is gone or goes back, or fails over in the middle. */
  wholeCluster: ['restored-in-place', 'failover-during-backup', 'cluster-lost'],
  /** The cluster goes on, and nothing is lost. */
  goesOn: ['one-table', 'delayed-standby', 'corrupt-page'],
  /** Likewise, and it must be quick: a failover is part of it. */
  goesOnTimed: ['primary-volume-lost'],
  refused: ['archive-gap', 'wrong-host', 'control-segment-missing', 'control-byte-flipped'],
  rejected: ['control-one-late', 'control-one-early'],
} as const satisfies Readonly<Record<string, readonly RecoveryName[]>>
