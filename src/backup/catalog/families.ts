// PURE: backups that stay or go together: a full one and everything that is a difference to it. Invariant: every backup
// is in exactly one family.
// Not here: which of them go (retention.ts), the chain of one backup (chain.ts).
import type {BackupRecord} from '../../model/backup.ts'
import {parseTime} from '../restore/parse-time.ts'
import {knownBad, physicalBackups, type PhysicalBackup} from './physical-backups.ts'

export interface Family {
  readonly root: BackupRecord
  readonly members: readonly BackupRecord[]
  readonly physical: readonly PhysicalBackup[]
  /** Its root can be restored as far as is known; false as well for differences whose full backup is gone. */
  readonly good: boolean
  readonly pinned: boolean
  /** From when on the root, and the newest member, can be restored; never for one whose time cannot be read. */
  readonly rootMs: number
  readonly newestMs: number
}

/** Oldest root first. */
export function familiesOf(backups: readonly BackupRecord[]): readonly Family[] {
  const byId = new Map(backups.map(backup => [backup.id, backup]))
  const members = new Map<BackupRecord, BackupRecord[]>()
  for (const backup of backups) {
    const root = rootOf(backup, byId)
    members.set(root, [...(members.get(root) ?? []), backup])
  }
  return [...members]
    .map(([root, all]) => familyOf(root, all))
    .sort((a, b) => (a.rootMs === b.rootMs ? (a.root.id < b.root.id ? -1 : 1) : a.rootMs - b.rootMs))
}

function familyOf(root: BackupRecord, members: readonly BackupRecord[]): Family {
  return {
    root,
    members,
    physical: physicalBackups(members),
    good: root.kind === 'full' && !knownBad(root),
    pinned: members.some(({pinned}) => pinned),
    rootMs: stoppedMs(root),
    newestMs: Math.max(...members.map(stoppedMs)),
  }
}

/**
 * The oldest ancestor that is there. In a circle, which no backup tool makes, the one with the lowest id: any will do,
 * if only all agree.
 */
function rootOf(backup: BackupRecord, byId: ReadonlyMap<string, BackupRecord>): BackupRecord {
  const lineage = [backup]
  for (let at = backup; ;) {
    const parent = at.parent === null ? undefined : byId.get(at.parent)
    if (parent === undefined) return at
    if (lineage.includes(parent))
      return lineage.slice(lineage.indexOf(parent)).reduce((lowest, other) => (other.id < lowest.id ? other : lowest))
    lineage.push(parent)
    at = parent
  }
}

function stoppedMs({stoppedAt}: BackupRecord): number {
  return parseTime(stoppedAt) ?? Infinity
}
