// Does the archiver of a member get rid of its WAL? Source: pgarch.c, src/backend/postmaster: it tries a file three
// times, gives it up for a minute, and goes to no other meanwhile.
// Not here: what the archive itself says of a file that it refused (read-archive.ts).
import type {ArchiveListing} from '../model/backup.ts'
import type {Cluster} from '../model/ports.ts'
import {psqlOn} from './ask-node.ts'

/** NUM_ARCHIVE_RETRIES */
export const archiveTries = 3

export interface FailingArchiver {
  readonly node: string
  /** The file that it could not archive since the last one that it could. */
  readonly file: string
  /** Of its last try, as the server prints it. */
  readonly lastTried: string
  /** Tries that failed since its statistics were reset. */
  readonly failures: number
}

const question = `SELECT last_failed_wal, last_failed_time, failed_count FROM pg_stat_archiver
  WHERE last_failed_time > coalesce(last_archived_time, '-infinity')`

/** null: its last try went well, or nobody says. */
export async function failingArchiver(cluster: Cluster, node: string): Promise<FailingArchiver | null> {
  const answer = await psqlOn(cluster, node, question).catch(() => '')
  const [file = '', lastTried = '', failures = ''] = answer.split('|')
  return /^[0-9A-F]{8}/.test(file) ? {node, file, lastTried, failures: Number(failures)} : null
}

/** PURE: for a person, with the archive's reason where it gave one. */
export function failingText({node, file, lastTried}: FailingArchiver, {refused = []}: Pick<ArchiveListing, 'refused'>) {
  const why = refused.find(({name}) => name === file)?.why
  return `${node} cannot archive ${file} (last tried ${lastTried})${why === undefined ? '' : `: ${why}`}`
}
