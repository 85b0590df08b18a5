// PURE: a backup by what a person calls it. Not here: reading the catalog (read-archive.ts).
import {hint} from '../model/command-hint.ts'
import type {ArchiveListing, BackupRecord} from '../model/backup.ts'
import {HlError} from '../model/errors.ts'

/** By id, by an unambiguous beginning of it, or `latest`. BACKUP_UNKNOWN names those that are there. */
export function findBackup(listings: readonly ArchiveListing[], name: string): BackupRecord {
  const all = listings.flatMap(({backups}) => backups).toSorted((a, b) => b.stoppedAt.localeCompare(a.stoppedAt))
  const exact = all.find(({id}) => id === name)
  const [first, second] =
    exact !== undefined ? [exact] : name === 'latest' ? all.slice(0, 1) : all.filter(({id}) => id.startsWith(name))
  if (first !== undefined && second === undefined) return first
  const there = all
    .slice(0, 5)
    .map(({id}) => id)
    .join(', ')
  throw new HlError(
    'BACKUP_UNKNOWN',
    first === undefined ? `there is no backup ${name}` : `${name} is the beginning of several backups`,
    {next: [there === '' ? hint('backups create') : `there is ${there}`, hint('backups list')]},
  )
}
