// Adds a cluster to a lab of shards that is up: containers, then Patroni, then hl's own migrations. Invariants: what is
// there goes on undisturbed; it has the settings that the lab was made with; whatever stopped it, the same call goes
// on. Not here: making it a shard of the map (src/sharding/join-shard.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import type {Docker} from '../docker/docker.ts'
import {requireImages} from '../docker/images.ts'
import {parseJson, isObject} from '../read-json.ts'
import type {ConnectedLab, ConnectOptions} from './connect-lab.ts'
import {findPortBase} from './free-placement.ts'
import {labCompose} from './lab-compose.ts'
import {projectOf, type LabDescription} from './lab-description.ts'
import {findLab, listLabs, requireLab} from './lab-inventory.ts'
import {portsOf, portsOfLab} from './lab-placement.ts'
import {whileLocked} from './lock.ts'
import {startServices} from './make-lab.ts'
import {migrate} from './migrate.ts'
import {hlMigrations, labConfig} from './package-files.ts'
import {whilePlacing} from './placement-lock.ts'
import {planAdd, type AddedCluster} from './plan-add.ts'
import {connectNew} from './up-lab.ts'
import {untilHealthy} from './until-healthy.ts'

export interface AddOptions extends ConnectOptions {
  /** Of the lab. */
  readonly name: string
  /** Members of the new cluster; absent: as many as the largest of the others has. */
  readonly nodes?: number
  readonly progress?: (text: string) => void
  readonly signal?: AbortSignal
}

const composeMs = 180_000

/** What would be added; touches nothing. Errors: LAB_MISSING, those of planAdd(). */
export async function lookAtAdd(docker: Docker, {name, nodes}: AddOptions): Promise<AddedCluster> {
  return planAdd(await requireLab(docker, name), nodes)
}

/** Errors: those of lookAtAdd(), LAB_BUSY, IMAGE_MISSING, PORT_IN_USE, LAB_UNHEALTHY, and Docker's. */
export async function addCluster(
  docker: Docker,
  options: AddOptions,
): Promise<{readonly lab: ConnectedLab; readonly added: AddedCluster}> {
  const {name, progress, signal} = options
  return whileLocked(docker, {lab: name, what: 'hl up'}, async () => {
    const there = await requireLab(docker, name)
    requireRunning(there)
    const added = planAdd(there, options.nodes)
    await requireImages(docker)
    await makeContainers(docker, there, added, options)
    signal?.throwIfAborted()
    const {services} = await findLab(docker, name)
    progress?.(`starting ${added.members.join(', ')}`)
    const own = services.filter(service => added.members.includes(service.name) && service.facts.status !== 'running')
    await startServices(docker, name, own)
    const lab = await connectNew(docker, options)
    const connected = lab.clusters.find(({cluster}) => cluster.name === added.cluster)
    if (connected === undefined)
      throw new HlError('LAB_UNHEALTHY', `${added.cluster} is not there`, {next: [hint('status', {lab: name})]})
    progress?.(`waiting for full redundancy of ${added.cluster}`)
    const primary = await untilHealthy(connected, options.clock, {
      signal,
      wake: async member => connected.clients.patroni.patchConfig(member, {hl_look_again: null}),
    })
    await migrate(connected.cluster, primary, await hlMigrations())
    return {lab, added}
  })
}

function requireRunning({lab, services}: LabDescription): void {
  const stopped = services.filter(({facts}) => facts.status !== 'running').map(({name}) => name)
  // Those of a cluster whose making was cut off are started here.
  const others = stopped.filter(name => !/-pg\d+$/.test(name))
  if (others.length === 0) return
  throw new HlError('LAB_UNHEALTHY', `${others.join(', ')} of lab ${lab} do not run; nothing was made`, {
    next: [hint('up', {lab, why: 'starts them'})],
  })
}

async function makeContainers(
  docker: Docker,
  there: LabDescription,
  {cluster, members, shape, subnetPrefix, hosts}: AddedCluster,
  {name, clock, signal, progress}: AddOptions,
): Promise<void> {
  const alone = {clusters: [{name: cluster, nodes: members.length}], dcsNodes: 0, pgpool: false}
  await whilePlacing(
    docker,
    {clock, lab: name, what: `the making of ${cluster} of lab ${name}`, signal, progress},
    async () => {
      const portBase = await findPortBase(await listLabs(docker), base => portsOf(alone, base), null)
      progress?.(`making containers of ${cluster} (ports from ${portBase})`)
      const stdin = labCompose({
        lab: name,
        shape,
        placement: {portBase, subnetPrefix},
        dcsConfig: await configOf(there),
        archive: there.archive,
        encrypt: there.encrypted,
        joins: {cluster, hosts, ports: portsOfLab(alone, portBase)},
      })
      await docker.text(['compose', '-p', projectOf(name), '-f', '-', 'create'], {stdin, timeoutMs: composeMs})
    },
  )
}

/** As the others were made. */
async function configOf({services, members, clusters}: LabDescription): Promise<Readonly<Record<string, unknown>>> {
  const text = services.find(({name}) => name === members[0])?.facts.environment['HL_PATRONI_DCS'] ?? ''
  const made = text === '' ? null : parseJson(text, 'HL_PATRONI_DCS')
  return isObject(made) ? made : labConfig(clusters)
}
