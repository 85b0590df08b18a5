// What the exporter was told in one scrape, before anything follows from it. Invariant: null, or an absent answer, is
// what nobody said. PURE. Not here: asking (collect/), what is published of it (samples/).
import type {ArchiveListing} from '../model/backup.ts'
import type {Outcome} from '../backup/schedule/decide-due.ts'
import type {Lsn} from '../model/lsn.ts'
import type {WalHistory} from './wal-history.ts'

/** Who a node is, by its own word. */
export interface NodeIdentity {
  readonly inRecovery: boolean
  readonly systemIdentifier: string
  readonly timeline: number | null
  /** Of a primary what it has written, of a standby what it has received. */
  readonly lsn: Lsn | null
  /** Of a standby. */
  readonly replayLsn: Lsn | null
  /** Of a primary: changes when a transaction that wrote has ended, or was prepared. */
  readonly activity: string | null
  /** Of a standby: age of the commit that it replayed last, in seconds, by the clocks of two servers. */
  readonly replayAgeS: number | null
}

/** A row of pg_stat_replication. */
export interface StreamFacts {
  readonly name: string
  readonly state: string
  readonly sync: string
  readonly writeLsn: Lsn | null
}

export interface SlotFacts {
  readonly slot: string
  readonly kind: string
  readonly active: boolean
  /** pg_replication_slots.wal_status: `reserved`, `extended`, `unreserved`, `lost`; null for a slot without WAL. */
  readonly walStatus: string | null
  readonly retainedBytes: number | null
}

export interface ArchiverFacts {
  readonly archived: number
  readonly failed: number
  readonly isFailing: boolean
  readonly readyFiles: number
}

/** What the views of a node say. */
export interface NodeStatistics {
  /** Of a standby: does its receiver stream? null of a primary. */
  readonly receiverStreams: boolean | null
  /** Who streams from it. */
  readonly standbys: readonly StreamFacts[]
  readonly slots: readonly SlotFacts[]
  readonly walBytes: number | null
  /** null: it does not archive. */
  readonly archiver: ArchiverFacts | null
  readonly prepared: readonly {readonly database: string; readonly count: number; readonly oldestS: number}[]
  readonly preparedMax: number
  readonly connections: number
  readonly connectionsMax: number
  readonly databases: readonly {readonly database: string; readonly bytes: number}[]
}

export interface MemberFacts {
  readonly member: string
  /** null: no connection, or no answer. */
  readonly identity: NodeIdentity | null
  readonly statistics: NodeStatistics | null
  readonly patroniUp: boolean
}

/** What Patroni keeps in etcd; null: etcd does not answer. */
export interface DcsFacts {
  readonly leaseHeld: boolean
  readonly isPaused: boolean
  /** null: there is no configuration. */
  readonly syncWanted: boolean | null
}

export interface ClusterFacts {
  readonly lab: string
  readonly cluster: string
  readonly members: readonly MemberFacts[]
  readonly dcs: DcsFacts | null
  /** Of the one primary, this scrape included. */
  readonly history: WalHistory
  /** Of the exporter's clock, when the nodes were asked. */
  readonly nowMs: number
}

/** Of one cluster's archive. */
export interface BackupFacts {
  readonly lab: string
  readonly cluster: string
  readonly listing: ArchiveListing
  /** null: they cannot be read. */
  readonly outcomes: readonly Outcome[] | null
  /** null: there is no primary that says where it is. */
  readonly lagBytes: number | null
  /** Of the exporter only, which remembers where the primary was. */
  readonly lagSeconds: number | null
  /** Commit time of the last transaction that the archive surely holds. */
  readonly lastCommitEpochMs: number | null
}

/** The one that takes writes; null where there is none, or more than one. */
export function onlyPrimary({members}: Pick<ClusterFacts, 'members'>): MemberFacts | null {
  const [primary, second] = primariesOf(members)
  return primary === undefined || second !== undefined ? null : primary
}

export function primariesOf(members: readonly MemberFacts[]): readonly MemberFacts[] {
  return members.filter(({identity}) => identity?.inRecovery === false)
}
