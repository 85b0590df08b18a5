// hl's own way to back up and to restore, on this benchmark's containers: takeBackup and runRestore as `hl backups
// create` and `hl restore` call them.
// Invariant: nothing of hl is copied or replaced here; what stands in for a lab only tells where things are. Not here:
// how long it took (backup-restore.ts).
import {readListing} from '../../src/backup/read-archive.ts'
import {recoverySettings} from '../../src/backup/restore/parse-target.ts'
import {runRestore} from '../../src/backup/restore/run-restore.ts'
import {takeBackup} from '../../src/backup/take-backup.ts'
import {lineageOf, type Lineage} from '../../src/backup/wal/timeline-history.ts'
import type {ArchiveListing, BackupRecord, RestorePhase, RestoreTarget} from '../../src/model/backup.ts'
import {parseLsn} from '../../src/model/lsn.ts'
import type {Clock, Cluster, RestoreNode} from '../../src/model/ports.ts'
import type {Archive} from './archive.ts'
import {docker, type Machine} from './machines.ts'

export const clock: Clock = {
  nowMs: () => performance.now(),
  wait: async ms => new Promise(resolve => setTimeout(resolve, ms)),
  wallTime: () => new Date().toISOString(),
}

/** A lab of one node, as far as taking backups and reading the catalog go. */
export function labOf({machine}: Archive, primary = 'pg1'): Cluster {
  const lab = 'bench-restore'
  const known: Pick<Cluster, 'lab' | 'archive' | 'encrypted' | 'state' | 'exec'> = {
    lab,
    archive: 'command',
    encrypted: false,
    state: async () => ({
      lab,
      members: [],
      dcs: [],
      lease: {owner: null, expiresInMs: null},
      primary,
      syncStandbys: [],
      timeline: 1,
      paused: false,
    }),
    exec: async (_service, argv, options) => docker.exec(machine.name, argv, options),
  }
  return known as Cluster
}

export async function hlBackup(
  archive: Archive,
  {
    kind,
    compression,
    primary,
  }: {readonly kind: 'full' | 'incremental'; readonly compression: string; readonly primary?: string},
): Promise<BackupRecord> {
  const record = await takeBackup(labOf(archive, primary), clock, {
    kind,
    checkpoint: 'fast',
    compression,
    labels: [],
    pinned: false,
  })
  if (record.kind !== kind) throw new Error(`wanted ${kind}, hl took ${record.kind}`)
  return record
}

/** Takes it out of the catalog, so that the next one is not a difference to it and the disk does not fill. */
export async function forgetBackup({machine}: Archive, {systemIdentifier, id}: BackupRecord): Promise<void> {
  await machine.exec(`rm -rf /archive/${systemIdentifier}/backups/${id}`)
}

export async function listingOf(archive: Archive, systemIdentifier: string): Promise<ArchiveListing> {
  return readListing(labOf(archive), systemIdentifier)
}

export function restoreNode(machine: Machine): RestoreNode {
  return {exec: async (argv, options) => docker.exec(machine.name, argv, options), remove: async () => undefined}
}

export function wayOf(listing: ArchiveListing): Lineage {
  const way = lineageOf(listing, 1)
  if (way === null) throw new Error('timeline 1 needs no history')
  return way
}

export type PhaseMs = Readonly<Partial<Record<RestorePhase, number>>>

/** The whole of it, down to the clean shutdown. Throws when it did not get as far as it was told. */
export async function hlRestore(
  place: Machine,
  listing: ArchiveListing,
  chain: readonly BackupRecord[],
  target: RestoreTarget,
): Promise<PhaseMs> {
  const phases: {[Phase in RestorePhase]?: number} = {}
  const state = await runRestore(restoreNode(place), clock, {
    systemIdentifier: listing.systemIdentifier,
    backups: chain.map(({id}) => id),
    lineage: wayOf(listing),
    segmentBytes: listing.segmentBytes,
    settings: recoverySettings(target, 1),
    end: 'promote',
    onPhase: (phase, fromMs, toMs) => {
      phases[phase] = toMs - fromMs
    },
  })
  if (target.kind === 'lsn' && state.endLsn < target.lsn)
    throw new Error(`restored to ${state.endLsn}, wanted ${target.lsn}`)
  return phases
}

export function backupEnd({stopLsn, id}: BackupRecord): bigint {
  const lsn = parseLsn(stopLsn ?? '')
  if (lsn === null) throw new Error(`backup ${id} does not say where it ends`)
  return lsn
}
