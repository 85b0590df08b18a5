// Makes a cluster for a test. Invariant: what can be refused is refused before anything is made; what was made and then
// failed is taken away; a lab that this start did not make is never taken away, whatever its name is. Not here: what it
// can do then (started-cluster.ts).
import {findLab, labVolumes} from '../lab/lifecycle/lab-inventory.ts'
import {ownerLabel, ownerLabels} from '../lab/lifecycle/lab-owner.ts'
import {checkRequest} from '../lab/lifecycle/plan-up.ts'
import type {LabProfile} from '../lab/lifecycle/lab-shape.ts'
import {untilHealthy} from '../lab/lifecycle/until-healthy.ts'
import type {UpResult} from '../lab/lifecycle/up-lab.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {ClusterSettings} from '../model/topology.ts'
import {applyMigrations, keepDatabase} from './app-database.ts'
import type {ClusterPorts} from './cluster-ports.ts'
import type {AppMigration} from './read-migrations.ts'
import {StartedPatroniCluster} from './started-cluster.ts'

export interface ClusterRequest {
  /** null: drawn. */
  readonly name: string | null
  readonly nodes: number
  readonly profile: LabProfile
  readonly settings: Partial<ClusterSettings>
  /** A folder; null: none. */
  readonly migrations: string | null
  /** One of that name that is there is taken as it is, and none is taken away. */
  readonly reuse: boolean
  readonly progress: (text: string) => void
}

/**
 * Errors: CONFIG_INVALID, LAB_NAME_INVALID, LAB_BUSY where the name is taken, MIGRATION_FAILED, those of bringing a lab
 * up: DOCKER_MISSING, DOCKER_UNREACHABLE, IMAGE_MISSING, PORT_IN_USE, DISK_FULL, LAB_UNHEALTHY.
 */
export async function startCluster(request: ClusterRequest, ports: ClusterPorts): Promise<StartedPatroniCluster> {
  const {reuse, progress, profile, nodes, settings} = request
  if (reuse && request.name === null)
    throw new HlError('CONFIG_INVALID', 'a cluster that is reused needs a name to be found by', {
      next: ["withName('shop').withReuse()"],
    })
  const name = request.name ?? ports.drawName()
  const shape = {name, settings, profile, ...(profile === 'standard' && nodes === 3 ? {} : {nodes})}
  checkRequest(shape)
  const migrations = request.migrations === null ? [] : await ports.readMigrations(request.migrations)
  const left = await ports.sweep(ports.docker)
  if (left.length > 0) progress(`took away what killed tests left: ${left.join(', ')}`)
  if (!reuse) await requireFree(name, ports)
  // Drawn, so that two starts of one process are told apart.
  const owner = `a test (${ports.drawRun()})`
  const labels = reuse ? {} : {labels: ownerLabels(await ports.owner(owner))}
  const clock = ports.newClock()
  try {
    const up = await ports.up(ports.docker, {...shape, ...labels, clock, progress})
    if (!reuse && up.did !== 'created') throw taken(name)
    return await ready(up, request, ports, migrations)
  } catch (error) {
    if (!reuse && (await isMadeBy(name, owner, ports).catch(() => false)))
      await ports.down(ports.docker, name, {force: true, volumes: true}).catch((failure: unknown) => {
        throw new AggregateError([error, failure], `lab ${name} did not start, and could not be taken away`)
      })
    throw error
  }
}

async function ready(
  {lab, did}: UpResult,
  {reuse}: ClusterRequest,
  ports: ClusterPorts,
  migrations: readonly AppMigration[],
): Promise<StartedPatroniCluster> {
  const {cluster} = lab
  const primary = await untilHealthy({cluster}, ports.newClock())
  // One that was there has them, and what its reset goes back to.
  if (did === 'created') {
    await applyMigrations(cluster, primary, migrations)
    await keepDatabase(cluster, primary)
  }
  return new StartedPatroniCluster({lab, primary, ports, isOwn: !reuse})
}

async function requireFree(name: string, {docker}: ClusterPorts): Promise<void> {
  const [{services}, volumes] = await Promise.all([findLab(docker, name), labVolumes(docker, name)])
  if (services.length + volumes.length > 0) throw taken(name)
}

function taken(name: string): HlError {
  return new HlError('LAB_BUSY', `there is a lab ${name} already, another test's or one that somebody keeps`, {
    next: [
      'leave withName() out: names are drawn then',
      'withReuse() takes it as it is',
      hint('down', {flags: {volumes: true, confirm: name}, lab: name, why: 'destroys it'}),
    ],
  })
}

/** Also of a start that was cut off before there was a container. */
async function isMadeBy(name: string, owner: string, {docker}: ClusterPorts): Promise<boolean> {
  const {services} = await findLab(docker, name)
  if (services.some(({facts}) => facts.labels[ownerLabel] === owner)) return true
  const filter = ['--filter', `label=${ownerLabel}=${owner}`, '-q']
  const left = await Promise.all(['network', 'volume'].map(async what => docker.text([what, 'ls', ...filter])))
  return left.some(text => text.trim() !== '')
}
