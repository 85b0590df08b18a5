// What a backup is, what can be restored, and what lies in the archive: values that the catalog stores and the plans
// are made of.
// Invariant: what is stored is JSON as it stands (an LSN is text there). Not here: decisions on them (src/backup).
import type {Lsn} from './lsn.ts'

/** `logical`: pg_dump of one database with the globals; it belongs to no WAL and to no chain. */
export const backupKinds = ['full', 'incremental', 'logical'] as const
export type BackupKind = (typeof backupKinds)[number]

/**
 * How WAL comes into the archive. `command`: archive_command, a segment at a time. `stream`: pg_receivewal. `sync`:
 * pg_receivewal, and commits wait for it.
 */
export const archiveModes = ['none', 'command', 'stream', 'sync'] as const
export type ArchiveMode = (typeof archiveModes)[number]

export const backupSchemaVersion = 1

/**
 * One backup as its backup.json holds it; written once the backup is complete, changed only by verification and by a
 * person (pin, labels).
 */
export interface BackupRecord {
  readonly schemaVersion: typeof backupSchemaVersion
  /** Unique in the archive; says nothing about order, times do. */
  readonly id: string
  readonly kind: BackupKind
  /** Of an incremental one: the backup that it is a difference to. */
  readonly parent: string | null
  readonly lab: string
  /** PostgreSQL's own name of the cluster; decimal text, since it has 64 bits. */
  readonly systemIdentifier: string
  readonly serverVersion: string
  /** The node that it was taken from. */
  readonly node: string
  /** null for logical ones, as are the LSNs. */
  readonly timeline: number | null
  /** Where replay must begin, and the first position at which the data is consistent. */
  readonly startLsn: string | null
  readonly stopLsn: string | null
  /** The server's clock, ISO 8601 in UTC. */
  readonly startedAt: string
  readonly stoppedAt: string
  readonly durationMs: number
  /** `none`, or what pg_basebackup --compress was given. */
  readonly compression: string
  readonly checkpoint: 'fast' | 'spread'
  /** Bytes of the cluster's files, and those that the archive stores. */
  readonly bytes: {readonly logical: number; readonly stored: number}
  /**
   * SHA-256 of backup_manifest; of a logical one that of the list of its files' hashes, null where that was not made
   * yet or the backup is one encrypted file.
   */
  readonly manifestSha256: string | null
  readonly checksumFailures: number
  readonly labels: readonly string[]
  /** Never removed by retention while it is. */
  readonly pinned: boolean
  /** The last verification; not ok as well while its last restore failed. */
  readonly verified: (Answer & {readonly restored?: Answer}) | null
  /** Only where it was asked for: what the tables held at one position behind the backup's end. */
  readonly content?: BackupContent
  /**
   * Only in an encrypted archive: the age recipient whose identity opens it, and the SHA-256 of the one file that the
   * archive holds.
   */
  readonly encrypted?: {readonly recipient: string; readonly sha256: string}
}

/** What a verification found, and when. */
export interface Answer {
  readonly at: string
  readonly ok: boolean
  readonly detail: string
}

/**
 * What the database hl held, seen on a standby whose replay was paused. A restore to just before `lsn` must show the
 * same.
 */
export interface BackupContent {
  /** Everything that ends at or before it had been replayed, and nothing else. */
  readonly lsn: string
  readonly timeline: number
  readonly at: string
  readonly node: string
  readonly tables: readonly TableContent[]
  /** `schema.name value`, as replayed: the WAL is up to 32 values ahead. */
  readonly sequences: readonly string[]
  /** Name and attributes. */
  readonly roles: readonly string[]
  /** Name and version. */
  readonly extensions: readonly string[]
}

export interface TableContent {
  /** `schema.name`, quoted where SQL needs it. */
  readonly name: string
  readonly rows: number
  /**
   * Sum of a 64-bit hash of each row's text, decimal: the order of the rows does not matter, a row that is there twice
   * does.
   */
  readonly hash: string
}

/** A file of the WAL archive: segment, `.partial` or `.history`. */
export interface ArchivedFile {
  readonly name: string
  readonly bytes: number
  /** Absent: no reading found any. */
  readonly damage?: WalDamage
}

/** What a reading of a WAL file found that cannot be replayed. */
export interface WalDamage {
  /** Where the last record in it begins that is sound; null when none is known. */
  readonly lastRecord: string | null
  /** With the offset in the file, where that is known. */
  readonly why: string
}

/** A WAL file that a member offers, and the archive does not take. */
export interface RefusedWal {
  readonly name: string
  /** The archive's words. */
  readonly why: string
}

/** A folder of the catalog whose backup.json says nothing, or something of another backup. */
export interface UnreadableBackup {
  readonly folder: string
  readonly why: string
}

/** Everything that the archive holds for one system identifier. */
export interface ArchiveListing {
  readonly systemIdentifier: string
  readonly segmentBytes: number
  readonly files: readonly ArchivedFile[]
  /** Text of the `.history` files, by timeline. */
  readonly histories: ReadonlyMap<number, string>
  readonly backups: readonly BackupRecord[]
  /** Absent: none. What they hold is not known, so nothing that they may need is removed. */
  readonly unreadable?: readonly UnreadableBackup[]
  /** Absent: none that was offered in the last minutes. */
  readonly refused?: readonly RefusedWal[]
}

/**
 * Where a restore ends. `inclusive`: what the target names is restored too (recovery_target_inclusive). A time is ms
 * since 1970 UTC: one without a zone is refused when it is parsed, since PostgreSQL would take the server's zone.
 */
export type RestoreTarget =
  | {readonly kind: 'latest'}
  | {readonly kind: 'time'; readonly epochMs: number; readonly inclusive: boolean}
  | {readonly kind: 'lsn'; readonly lsn: Lsn; readonly inclusive: boolean}
  | {readonly kind: 'xid'; readonly xid: number; readonly inclusive: boolean}
  | {readonly kind: 'name'; readonly name: string}

/**
 * What a restore does to its data, in this order; `fetch` combines a chain too, `start` ends where the data is
 * consistent.
 */
export type RestorePhase = 'fetch' | 'compare' | 'locate' | 'start' | 'replay' | 'promote'
