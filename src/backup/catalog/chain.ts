// PURE: what an incremental backup needs, and whether the next one may be incremental. Invariant: a chain is whole or
// it is an error; it begins with a full backup.
// Not here: which chains may be removed (retention.ts), joining the files of one (pg_combinebackup does).
import {hint} from '../../model/command-hint.ts'
import type {BackupRecord} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {knownBad, physicalBackups} from './physical-backups.ts'

/** The chain, full backup first; or why there is none. */
export type Chain =
  {readonly whole: true; readonly chain: readonly BackupRecord[]} | {readonly whole: false; readonly problem: string}

export function findChain(backups: readonly BackupRecord[], id: string): Chain {
  const byId = new Map(backups.map(backup => [backup.id, backup]))
  const chain: BackupRecord[] = []
  const seen = new Set<string>()
  for (let wanted: string | null = id; wanted !== null;) {
    const backup = byId.get(wanted)
    if (backup === undefined)
      return {
        whole: false,
        problem: `backup ${wanted} is missing${chain[0] === undefined ? '' : `, which ${chain[0].id} is a difference to`}`,
      }
    if (seen.has(wanted)) return {whole: false, problem: `backup ${wanted} is its own ancestor`}
    seen.add(wanted)
    chain.unshift(backup)
    wanted = backup.parent
  }
  const [first] = chain
  if (first?.kind === 'incremental')
    return {whole: false, problem: `backup ${first.id} is incremental and names no parent`}
  return {whole: true, chain}
}

/**
 * Everything that a restore of `id` needs, full backup first, itself last. Errors: BACKUP_UNKNOWN, BACKUP_INVALID when
 * a parent is missing.
 */
export function chainOf(backups: readonly BackupRecord[], id: string): readonly BackupRecord[] {
  if (!backups.some(backup => backup.id === id))
    throw new HlError('BACKUP_UNKNOWN', `there is no backup ${id}`, {next: [hint('backups list')]})
  const found = findChain(backups, id)
  if (!found.whole)
    throw new HlError('BACKUP_INVALID', `backup ${id} cannot be restored: ${found.problem}`, {
      next: [hint('backups list'), hint('backups create', {flags: {kind: 'full'}})],
    })
  return found.chain
}

export type NextBackup = {readonly full: true; readonly why: string} | {readonly full: false; readonly parent: string}

/**
 * May the next backup be a difference to the newest one? After a promotion it may not: PostgreSQL 17's summaries of the
 * old timeline can end before its WAL does, and an incremental backup across that point leaves out changed blocks
 * without a word (pgsql-committers, ec756e5913).
 */
export function mustBeFull(
  backups: readonly BackupRecord[],
  server: {readonly timeline: number; readonly systemIdentifier: string; readonly serverVersion?: string | undefined},
): NextBackup {
  const newest = physicalBackups(
    backups.filter(({systemIdentifier}) => systemIdentifier === server.systemIdentifier),
  ).at(-1)?.record
  if (newest === undefined) return {full: true, why: 'there is no full backup of this system yet'}
  const found = findChain(backups, newest.id)
  if (!found.whole) return {full: true, why: found.problem}
  if (newest.timeline !== server.timeline)
    return {
      full: true,
      why:
        `the newest backup ${newest.id} is of timeline ${newest.timeline ?? 'none'}, the server is on ` +
        `${server.timeline}`,
    }
  if (server.serverVersion !== undefined && majorOf(newest.serverVersion) !== majorOf(server.serverVersion)) {
    return {
      full: true,
      why:
        `the newest backup ${newest.id} is of PostgreSQL ${majorOf(newest.serverVersion)}, the server is ` +
        majorOf(server.serverVersion),
    }
  }
  const bad = found.chain.find(knownBad)
  if (bad !== undefined) return {full: true, why: `the verification of ${bad.id} failed`}
  return {full: false, parent: newest.id}
}

function majorOf(version: string): string {
  return /^\d+/.exec(version)?.[0] ?? version
}
