// Reads WAL in the archive: is it still what came in, is it what its name says, and does every record have its
// checksum? What that shows is kept beside the files (wal-note), so that no plan leads across damage from then on.
// Invariant: nothing else is changed. Not here: how it is read (compose/images/archive/wal-check).
import {hint} from '../model/command-hint.ts'
import type {ArchiveListing, WalDamage} from '../model/backup.ts'
import {HlError} from '../model/errors.ts'
import type {Cluster, ExecResult, RestoreNode} from '../model/ports.ts'
import {lastLines, runFor} from './in-archive.ts'
import type {WalOrder} from './wal/wal-order.ts'

/** Terabytes are read by some. */
const withinMs = 6 * 3_600_000

export interface DamagedWal extends WalDamage {
  readonly name: string
}

export interface WalReading {
  readonly files: number
  readonly bytes: number
  /** Segments whose records were read now; those of the others were before. */
  readonly read: number
  /** Encrypted files of which only the hash could be compared. */
  readonly closed: number
  readonly damaged: readonly DamagedWal[]
}

export interface ReadWalOptions {
  /** Compare every file's hash once more, not only read what was never read. */
  readonly again?: boolean
  /** A container that opens what is encrypted; absent: the archive itself. */
  readonly opening?: RestoreNode | undefined
}

/** Errors: BACKUP_FAILED where it could not be looked at: nothing is said of the WAL then. */
export async function readWal(
  cluster: Cluster,
  {systemIdentifier}: Pick<ArchiveListing, 'systemIdentifier'>,
  orders: readonly WalOrder[],
  {again = false, opening}: ReadWalOptions = {},
): Promise<WalReading> {
  const folder = `/archive/${systemIdentifier}`
  const argv = ['wal-check', folder, ...(again ? ['--again'] : [])]
  const options = {user: 'postgres', timeoutMs: withinMs, stdin: orders.map(order => `${order.join(' ')}\n`).join('')}
  const answer = parseReading(
    await (opening === undefined ? cluster.exec('archive', argv, options) : opening.exec(argv, options)),
  )
  if (answer.notes.length > 0)
    await runFor(cluster, ['wal-note', folder], {stdin: answer.notes.map(line => `${line}\n`).join('')})
  return answer.reading
}

function parseReading({exitCode, stdout, stderr}: ExecResult): {
  readonly reading: WalReading
  readonly notes: readonly string[]
} {
  if (exitCode !== 0)
    throw new HlError('BACKUP_FAILED', `the WAL in the archive could not be read: ${lastLines(stderr)}`, {
      next: [hint('logs', {args: ['archive']}), hint('status'), 'run it again'],
    })
  // The archive's own script fixes the shape.
  const {notes, ...reading} = JSON.parse(stdout) as WalReading & {readonly notes: readonly string[]}
  return {reading, notes}
}
