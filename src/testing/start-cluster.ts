// A lab of one cluster for a test, with its migrations. Not here: making a lab and taking it away (start-lab.ts), what
// it can do then (started-cluster.ts).
import type {ArchiveMode} from '../model/backup.ts'
import type {LabProfile} from '../lab/lifecycle/lab-shape.ts'
import type {ClusterSettings} from '../model/topology.ts'
import {applyMigrations} from './app-database.ts'
import type {ClusterPorts} from './cluster-ports.ts'
import type {LabChoices} from './lab-builder.ts'
import {LabHandle} from './lab-handle.ts'
import {startLab} from './start-lab.ts'
import {StartedPatroniCluster} from './started-cluster.ts'

export interface ClusterRequest extends LabChoices {
  readonly nodes: number
  readonly profile: LabProfile
  readonly settings: Partial<ClusterSettings>
  readonly archive: ArchiveMode
  readonly encrypt: boolean
  /** A folder; null: none. */
  readonly migrations: string | null
}

/** Errors: those of startLab, MIGRATION_FAILED. */
export async function startCluster(request: ClusterRequest, ports: ClusterPorts): Promise<StartedPatroniCluster> {
  const {migrations: folder, profile, nodes, settings, archive, encrypt} = request
  const archived = archive === 'none' ? {} : {archive, ...(encrypt ? {encrypt} : {})}
  const shape = {settings, profile, ...(profile === 'standard' && nodes === 3 ? {} : {nodes}), ...archived}
  const started = await startLab({...request, shape}, ports, async () => {
    const migrations = folder === null ? [] : await ports.readMigrations(folder)
    return {
      up: async options => ports.up(ports.docker, options),
      fill: async ({cluster}, [primary = '']) => applyMigrations(cluster, primary, migrations),
    }
  })
  return new StartedPatroniCluster(new LabHandle(started))
}
