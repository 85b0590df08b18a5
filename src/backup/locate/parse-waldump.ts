// PURE: a line of pg_waldump (17) as what it says about transactions, rows, files and locks of tables.
// Invariant: one line in, one value out, nothing remembered: WAL may be larger than memory. What is of no use here
// (vacuum, other resource managers) is null.
// Not here: what it adds up to (follow-tables.ts). Sources: xactdesc.c, heapdesc.c, smgrdesc.c, standbydesc.c in
// src/backend/access/rmgrdesc, pg_waldump.c.
import {parseLsn, type Lsn} from '../../model/lsn.ts'
import {parseLogTime} from './log-time.ts'
import {relationOfPath} from './relation-name.ts'

/** A commit as a place to stop at. */
export interface CommitPoint {
  readonly xid: number
  /** Where its COMMIT record starts: recovery_target_lsn, with recovery_target_inclusive = off. */
  readonly commitLsn: Lsn
  /** As pg_waldump prints it, which is in the zone of its own TZ. */
  readonly committedAt: string
  /** null unless that zone is UTC. */
  readonly committedAtMs: number | null
  /**
   * By COMMIT PREPARED. A restore that stops before it brings the transaction back as prepared, with its locks: it must
   * be rolled back then (pg_prepared_xacts).
   */
  readonly prepared: boolean
}

export interface CommitLine extends CommitPoint {
  readonly kind: 'commit'
  /** `spc/db/rel` of every file that is gone from here on. */
  readonly relations: readonly string[]
  /** Those that committed with it; subtransactions that were rolled back have ABORT records of their own. */
  readonly subxacts: readonly number[]
  /**
   * `db/oid` of tables and indexes whose statistics went too. A DROP does that to its own oid; TRUNCATE and rewrites
   * keep theirs.
   */
  readonly droppedOids: readonly string[]
  /** Schemas were made, renamed, dropped, or given other rights. */
  readonly schemasChanged: boolean
}

export interface AbortLine {
  readonly kind: 'abort'
  readonly xid: number
  readonly abortLsn: Lsn
  /** null unless the zone is UTC. */
  readonly abortedAtMs: number | null
  readonly subxacts: readonly number[]
}

export type RowChange = 'insert' | 'update' | 'delete'

export interface ChangeLine {
  readonly kind: 'change'
  /** Of the subtransaction, if it was in one. */
  readonly xid: number
  readonly change: RowChange
  readonly rows: number
  readonly relation: string
}

/** Written with wal_level = logical only; it names tables by oid, where everything else names files. */
export interface TruncateLine {
  readonly kind: 'truncate'
  readonly xid: number
  readonly oids: readonly string[]
}

/** A new file: of a new table or index, or what TRUNCATE and rewrites put in place of the old one. */
export interface CreateLine {
  readonly kind: 'create'
  readonly xid: number
  readonly relation: string
}

/**
 * An access exclusive lock: of DROP, TRUNCATE, most of ALTER TABLE, and whatever gives a table a new file. Indexes and
 * TOAST tables are locked too.
 */
export interface LockLine {
  readonly kind: 'lock'
  readonly xid: number
  /** `db/oid` */
  readonly oid: string
}

export interface PrepareLine {
  readonly kind: 'prepare'
  readonly xid: number
}

export type WalLine = PrepareLine | LockLine | CommitLine | AbortLine | ChangeLine | TruncateLine | CreateLine

/**
 * Parses a line of pg_waldump's default output (not --bkp-details, which spreads a record over lines); null when it
 * says nothing of use here.
 */
export function parseWalLine(line: string): WalLine | null {
  const match =
    /^rmgr: (\w+) +len \(rec\/tot\): *\d+\/ *\d+, tx: +(\d+), lsn: (\w+\/\w+), prev \w+\/\w+, desc: (\w+)(?:\+INIT)? (.*)$/.exec(
      line,
    )
  if (match === null) return null
  const [, manager = '', xidText = '', lsn = '', record = '', rest = ''] = match
  const xid = Number(xidText)
  if (manager === 'Transaction' && record === 'PREPARE') return {kind: 'prepare', xid}
  if (manager === 'Standby') return record === 'LOCK' ? parseLock(rest) : null
  if (manager === 'Transaction') return parseEnd(xid, lsn, record, rest)
  if (manager === 'Heap' && record === 'TRUNCATE')
    return {kind: 'truncate', xid, oids: /relids: \[([\d, ]*)\]/.exec(rest)?.[1]?.split(', ') ?? []}
  if (manager === 'Heap' || manager === 'Heap2') return parseChange(xid, record, rest)
  if (manager === 'Storage' && record === 'CREATE') {
    const relation = relationOfPath(rest.trim())
    return relation === null ? null : {kind: 'create', xid, relation}
  }
  return null
}

/** The part of a commit that candidates keep. */
export function pointOf({xid, commitLsn, committedAt, committedAtMs, prepared}: CommitPoint): CommitPoint {
  return {xid, commitLsn, committedAt, committedAtMs, prepared}
}

/** pg_waldump names the transaction beside the lock. */
function parseLock(rest: string): LockLine | null {
  const [, xid, database, relation] = /^xid (\d+) db (\d+) rel (\d+)/.exec(rest) ?? []
  return xid === undefined ? null : {kind: 'lock', xid: Number(xid), oid: `${database ?? ''}/${relation ?? ''}`}
}

/**
 * COMMIT and ABORT, also of prepared transactions: those are written by a session without a transaction (tx is 0) and
 * name the xid before the time.
 */
function parseEnd(xid: number, lsnText: string, record: string, rest: string): CommitLine | AbortLine | null {
  if (!/^(?:COMMIT|ABORT)(?:_PREPARED)?$/.test(record)) return null
  const match = /^(?:(\d+): )?([^;]+)(.*)$/.exec(rest)
  const commitLsn = parseLsn(lsnText)
  if (match === null || commitLsn === null) return null
  const [, named, time = '', tail = ''] = match
  const own = named === undefined ? xid : Number(named)
  const parts = tail.split(';').map(part => part.trim())
  const subxacts = wordsOf(parts, 'subxacts: ').map(Number)
  const committedAt = time.trim()
  if (record.startsWith('ABORT'))
    return {kind: 'abort', xid: own, abortLsn: commitLsn, abortedAtMs: parseLogTime(committedAt), subxacts}
  return {
    kind: 'commit',
    xid: own,
    commitLsn,
    committedAt,
    committedAtMs: parseLogTime(committedAt),
    prepared: named !== undefined,
    relations: wordsOf(parts, 'rels: ').flatMap(path => relationOfPath(path) ?? []),
    subxacts,
    // Kind 2 is PGSTAT_KIND_RELATION; the others are of functions, slots, subscriptions.
    droppedOids: wordsOf(parts, 'dropped stats: ')
      .filter(item => item.startsWith('2/'))
      .map(item => item.slice(2)),
    schemasChanged: schemaCaches.some(cache => ` ${tail} `.includes(` catcache ${cache} `)),
  }
}

/**
 * NAMESPACENAME and NAMESPACEOID, whose entries a transaction makes invalid that changes a schema: nothing else in its
 * records names one. Source: catalog/syscache_ids.h of PostgreSQL 17, which numbers the caches by their names.
 */
const schemaCaches = [35, 36]

function wordsOf(parts: readonly string[], label: string): readonly string[] {
  return (
    parts
      .find(part => part.startsWith(label))
      ?.slice(label.length)
      .split(' ') ?? []
  )
}

const changes: Readonly<Record<string, RowChange>> = {
  INSERT: 'insert',
  MULTI_INSERT: 'insert',
  UPDATE: 'update',
  HOT_UPDATE: 'update',
  DELETE: 'delete',
}

/** Flags of DELETE. Source: src/include/access/heapam_xlog.h, XLH_DELETE_IS_SUPER and XLH_DELETE_IS_PARTITION_MOVE. */
const withdrawsInsert = 0x08
const movesPartition = 0x10

/**
 * An UPDATE has two block references when the row moved to another page: both are of the same file, and it is one row.
 */
function parseChange(xid: number, record: string, rest: string): ChangeLine | null {
  const change = changes[record]
  const relation = /blkref #0: rel (\d+\/\d+\/\d+) /.exec(rest)?.[1]
  if (change === undefined || relation === undefined) return null
  if (record === 'MULTI_INSERT')
    return {kind: 'change', xid, change, rows: Number(/ntuples: (\d+)/.exec(rest)?.[1] ?? 0), relation}
  const flags = change === 'delete' ? Number(/flags: (0x[0-9A-F]+)/.exec(rest)?.[1] ?? 0) : 0
  // INSERT ... ON CONFLICT takes its own row back when another session was faster: nobody lost a row that had ever been
  // there.
  if ((flags & withdrawsInsert) !== 0) return null
  // An UPDATE of the partition key: a row leaves this file, but it is not gone. The other half is an ordinary INSERT
  // elsewhere.
  return {kind: 'change', xid, change: (flags & movesPartition) !== 0 ? 'update' : change, rows: 1, relation}
}
