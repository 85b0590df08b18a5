// Which drill is run by which test file. Invariant: every drill of the package is in exactly one group
// (drill-groups.test.ts in test/suite). For tests only.
import type {RecoveryName} from '../../scenarios/index.ts'

export const drillGroups = {
  /** Restored into a new lab, after a bad statement to just before it. */
  restored: ['dropped-table'],
  /** At night: they do not fit into the time of `npm test`; that no client waits two seconds needs a quiet host. */
  nightlyRestored: ['cluster-lost', 'bad-update', 'across-timelines', 'failover-during-backup', 'restored-in-place'],
  /** Two shards, and two again. */
  nightlyShards: ['shards-lost'],
  /** One of two, in its place. */
  nightlyShard: ['shard-lost'],
  nightlyGoesOn: ['corrupt-page', 'primary-volume-lost', 'one-table', 'delayed-standby'],
  nightlyRefused: ['archive-gap', 'control-segment-missing', 'control-byte-flipped', 'wrong-host'],
  nightlyRejected: ['control-one-early', 'control-one-late'],
} as const satisfies Readonly<Record<string, readonly RecoveryName[]>>
