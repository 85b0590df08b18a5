// The WAL that a plan leads along, read in the archive. Invariant: what is found damaged is noted there, so that the
// next plan ends before it, or is refused with its name. Not here: reading it (src/backup/read-wal.ts).
import {readWal, type DamagedWal} from '../backup/read-wal.ts'
import {WalFault} from '../backup/restore/require-end.ts'
import {followWal} from '../backup/wal/archive-contents.ts'
import type {WalOrder} from '../backup/wal/wal-order.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import {parseLsn} from '../model/lsn.ts'
import type {Cluster} from '../model/ports.ts'
import {prepareRestore, type PreparedRestore} from './prepare-restore.ts'
import type {RecoveryPorts} from './recovery-ports.ts'
import {whileOpen} from './while-open.ts'

/**
 * A plan whose WAL was read to its end and is sound: that one, or one that was made again round what was found damaged.
 * Errors: those of a plan, ARCHIVE_GAP with the name of what is damaged; BACKUP_FAILED where it could not be read.
 */
export async function requireSoundWal(
  ports: RecoveryPorts,
  source: Cluster,
  prepared: PreparedRestore,
): Promise<PreparedRestore> {
  let sound = prepared
  for (;;) {
    ports.signal?.throwIfAborted()
    const damaged = await readPlanned(ports, source, sound)
    if (damaged.length === 0) return sound
    ports.note(`${damaged.length} of the WAL files that the restore needs are damaged; planning again`)
    sound = await prepareRestore(ports, source, prepared.request, {how: 'archive'})
    const order = new Set(walOrderOf(sound))
    const again = damaged.find(({name}) => order.has(name))
    // It would be read, and planned with, for ever.
    if (again !== undefined)
      throw new HlError('ARCHIVE_GAP', `${again.name} is damaged: ${again.why}; every plan leads along it`, {
        next: [
          hint('backups verify', {why: 'reads all WAL of the archive, and notes what is damaged'}),
          hint('backups list'),
        ],
      })
  }
}

/** Does `work`; where that meets WAL that cannot be replayed, what is damaged is noted before the error goes on. */
export async function notingDamage<T>(
  ports: RecoveryPorts,
  source: Cluster,
  prepared: PreparedRestore,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    // The error itself is the news.
    if (error instanceof WalFault) await readPlanned(ports, source, prepared).catch(() => undefined)
    throw error
  }
}

/** Those that are damaged. */
async function readPlanned(
  ports: RecoveryPorts,
  source: Cluster,
  prepared: PreparedRestore,
): Promise<readonly DamagedWal[]> {
  const order = walOrderOf(prepared)
  if (order.length === 0) return []
  const {damaged} = await whileOpen(
    ports,
    source,
    async opening => readWal(source, prepared.listing, [order], {again: true, opening}),
    prepared.request.identity,
  )
  return damaged
}

/** PURE: the segments that replay reads at most. */
export function walOrderOf({listing, plan}: Pick<PreparedRestore, 'listing' | 'plan'>): WalOrder {
  const start = plan.chain.at(-1)
  const fromLsn = parseLsn(start?.startLsn ?? '')
  if (fromLsn === null) return []
  const wal = followWal(listing, {timeline: start?.timeline ?? plan.timeline, fromLsn, alongTimeline: plan.timeline})
  const present = wal?.present ?? []
  const last = present.indexOf(plan.wal.last)
  return last === -1 ? present : present.slice(0, last + 1)
}
