// PURE: a backup by what a person calls it. Not here: reading the catalog (read-archive.ts).
import {hint} from '../model/command-hint.ts'
import type {ArchiveListing, BackupRecord, UnreadableBackup} from '../model/backup.ts'
import {HlError} from '../model/errors.ts'

/** For a person. */
export function unreadableText({folder, why}: UnreadableBackup): string {
  return `${folder}/backup.json cannot be read: ${why}`
}

/** By id, by an unambiguous beginning of it, or `latest`. BACKUP_UNKNOWN names those that are there; BACKUP_INVALID. */
export function findBackup(listings: readonly ArchiveListing[], name: string): BackupRecord {
  const all = listings.flatMap(({backups}) => backups).toSorted((a, b) => b.stoppedAt.localeCompare(a.stoppedAt))
  const exact = all.find(({id}) => id === name)
  const [first, second] =
    exact !== undefined ? [exact] : name === 'latest' ? all.slice(0, 1) : all.filter(({id}) => id.startsWith(name))
  if (first !== undefined && second === undefined) return first
  const unreadable = listings.flatMap(listing => listing.unreadable ?? []).find(({folder}) => folder === name)
  if (unreadable !== undefined)
    throw new HlError('BACKUP_INVALID', unreadableText(unreadable), {
      next: ['compare the file with its copy elsewhere', hint('backups list', {why: 'shows the others'})],
    })
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
