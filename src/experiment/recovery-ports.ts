// Backups and the ways back of an experiment, done as the commands do them. Invariant: nothing is done here that a
// person could not do by hl backups, hl restore and hl copy, but for what a control sabotages. The experiment holds the
// labs.
import {readArchive} from '../backup/read-archive.ts'
import {verifyRestored} from '../backup/restore/verify-restored.ts'
import {takeBackup, type BackupOptions} from '../backup/take-backup.ts'
import {checkStored} from '../backup/verify/verify-backup.ts'
import {docker} from '../lab/docker/local-docker.ts'
import {findLab, labVolumes} from '../lab/lifecycle/lab-inventory.ts'
import type {BackupRecord} from '../model/backup.ts'
import {formatLsn} from '../model/lsn.ts'
import type {Cluster} from '../model/ports.ts'
import {createBarrier} from '../recovery/barriers.ts'
import {makeCopy, planCopy} from '../recovery/recovery-copy.ts'
import {ownerSql} from './owner-sql.ts'
import {sabotageArchive} from './sabotage-deeds.ts'
import {recoverTable} from './ways-back/recover-table.ts'
import {restoreLab} from './ways-back/restore-lab.ts'
import {restoreShards} from './ways-back/restore-shards.ts'
import {restoredName, useCasePorts, type RecoveryWiring} from './ways-back/wiring.ts'
import type {CheckedBackup, RecoveryPorts} from './world.ts'

export interface OpenRecoveryPorts {
  readonly ports: RecoveryPorts
  /** Ends the connections; never throws. */
  readonly close: () => Promise<void>
}

export function recoveryPorts(wiring: RecoveryWiring): OpenRecoveryPorts {
  const {lab, clock, note} = wiring
  const {cluster} = lab
  const connections = [ownerSql(lab)]
  const [own] = connections
  const sql: RecoveryPorts['sql'] = async text => (own ?? ownerSql(lab)).ask(text)
  return {
    close: async () => {
      for (const connection of connections) await connection.end()
    },
    ports: {
      sql,
      takeBackup: async (kind, {rate, signal}) =>
        takeBackup(cluster, clock, {...backupOptions(wiring, kind, signal), ...(rate === undefined ? {} : {rate})}),
      takeBackups: async (kind, signal) => takeBackups(wiring, kind, signal),
      takeBarrier: async signal => createBarrier({note, signal, clock}, lab, {archived: true}),
      checkBackups: async () => checkBackups(cluster),
      sabotage: async (sabotage, signal) => sabotageArchive(cluster, {clock, signal}, sabotage),
      restore: async (request, hooks) => {
        const {restored, connection} =
          request.target === 'barrier' ? await restoreShards(wiring, hooks) : await restoreLab(wiring, request, hooks)
        connections.push(connection)
        return restored
      },
      footprint: async () => ({
        own: await namesOf(cluster.lab),
        restored: await namesOf(restoredName(cluster.lab)),
      }),
      delayedCopy: async (delayMs, signal) => {
        const ports = useCasePorts(wiring, {signal, onPhase: () => undefined})
        const {state, lsn} = await makeCopy(
          ports,
          cluster,
          await planCopy(ports, cluster, {delayMs}, 'archive'),
          delayMs,
        )
        return `${state.target}, at ${formatLsn(lsn)}`
      },
      recoverTable: async (from, disaster, hooks) => recoverTable(wiring, from, disaster, hooks),
      verify: async () => {
        const {primary} = await cluster.state()
        const checks = await verifyRestored(cluster, primary ?? cluster.members[0] ?? 'pg1', {clock})
        // It goes on along its own timeline.
        return checks.filter(({name}) => name !== 'own-timeline')
      },
    },
  }
}

/** One after the other: two cores carry no two. */
async function takeBackups(
  wiring: RecoveryWiring,
  kind: 'full' | 'incremental',
  signal: AbortSignal,
): Promise<readonly BackupRecord[]> {
  const taken: BackupRecord[] = []
  for (const {cluster} of wiring.lab.clusters)
    taken.push(await takeBackup(cluster, wiring.clock, backupOptions(wiring, kind, signal)))
  return taken
}

function backupOptions(
  {scenario, note}: RecoveryWiring,
  kind: 'full' | 'incremental',
  signal: AbortSignal,
): BackupOptions {
  return {kind, checkpoint: 'fast', compression: 'none', labels: [scenario], pinned: false, progress: note, signal}
}

async function namesOf(lab: string): Promise<readonly string[]> {
  const {services} = await findLab(docker, lab)
  return [...services.map(({container}) => container), ...(await labVolumes(docker, lab))]
}

async function checkBackups(cluster: Cluster): Promise<readonly CheckedBackup[]> {
  const checked: CheckedBackup[] = []
  for (const record of (await readArchive(cluster)).flatMap(({backups}) => backups))
    checked.push({id: record.id, ...(await checkStored(cluster, record))})
  return checked
}
