// Makes a lab for a test, of one cluster or of shards. Invariant: what can be refused is refused before anything is
// made; what was made and then failed is taken away; a lab that this start did not make is never taken away, whatever
// its name is. Not here: what is in it (start-cluster.ts, sharded-lab.ts), what it can do then (lab-handle.ts).
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {findLab, labVolumes} from '../lab/lifecycle/lab-inventory.ts'
import {ownerLabel, ownerLabels} from '../lab/lifecycle/lab-owner.ts'
import type {UpOptions} from '../lab/lifecycle/make-lab.ts'
import {checkRequest, type UpRequest} from '../lab/lifecycle/plan-up.ts'
import {untilHealthy} from '../lab/lifecycle/until-healthy.ts'
import type {UpResult} from '../lab/lifecycle/up-lab.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import {keepDatabase, keepUnlessKept} from './app-database.ts'
import type {ClusterPorts} from './cluster-ports.ts'
import {sayKept} from './keep-run.ts'
import type {LabChoices} from './lab-builder.ts'
import type {StartedOptions} from './lab-handle.ts'

export interface LabRequest extends LabChoices {
  readonly shape: Omit<UpRequest, 'name'>
}

/** What is put into a lab. */
export interface LabContent {
  readonly up: (options: UpOptions) => Promise<UpResult>
  /** Of one that was made just now; `primaries` in the order of its clusters. */
  readonly fill: (lab: ConnectedLab, primaries: readonly string[]) => Promise<void>
}

/**
 * Errors: CONFIG_INVALID, LAB_NAME_INVALID, LAB_BUSY where the name is taken, those of bringing a lab up:
 * DOCKER_MISSING, DOCKER_UNREACHABLE, IMAGE_MISSING, PORT_IN_USE, DISK_FULL, LAB_UNHEALTHY, and those of its content.
 * `read` is done before anything is made.
 */
export async function startLab(
  request: LabRequest,
  ports: ClusterPorts,
  read: () => Promise<LabContent>,
): Promise<StartedOptions> {
  const {reuse, progress} = request
  if (reuse && request.name === null)
    throw new HlError('CONFIG_INVALID', 'a cluster that is reused needs a name to be found by', {
      next: ["withName('shop').withReuse()"],
    })
  const name = request.name ?? ports.drawName()
  const shape = {...request.shape, name}
  checkRequest(shape)
  const environment = ports.environment()
  const runs = request.runs ?? environment.runs
  const content = await read()
  const left = await ports.sweep(ports.docker)
  if (left.length > 0) progress(`took away what killed tests left: ${left.join(', ')}`)
  if (!reuse) await requireFree(name, ports)
  // Drawn, so that two starts of one process are told apart.
  const owner = `a test (${ports.drawRun()})`
  const labels = reuse ? {} : {labels: ownerLabels(await ports.owner(owner))}
  const clock = ports.newClock()
  try {
    const up = await content.up({...shape, ...labels, clock, progress})
    if (!reuse && up.did !== 'created') throw taken(name)
    const started = await ready(up, request, ports, content)
    return {...started, runs, keep: environment.keep}
  } catch (error) {
    if (!reuse && (await isMadeBy(name, owner, ports).catch(() => false))) {
      await keepWhatFailed(name, runs, ports, error)
      await ports.down(ports.docker, name, {force: true, volumes: true}).catch((failure: unknown) => {
        throw new AggregateError([error, failure], `lab ${name} did not start, and could not be taken away`)
      })
    }
    throw error
  }
}

/** Before it is taken away; a log that cannot be kept keeps nothing from being taken away. */
async function keepWhatFailed(
  name: string,
  runs: string,
  {docker, keepStart}: ClusterPorts,
  error: unknown,
): Promise<void> {
  const folder = await keepStart(docker, name, runs, error).catch(() => null)
  if (folder !== null) sayKept(error, `what its containers said is in ${folder}`)
}

async function ready(
  {lab, did}: UpResult,
  {reuse}: LabRequest,
  ports: ClusterPorts,
  {fill}: LabContent,
): Promise<Omit<StartedOptions, 'runs' | 'keep'>> {
  const clock = ports.newClock()
  const clusters = lab.clusters.length < 2 ? [lab] : lab.clusters
  const primaries = await Promise.all(clusters.map(async cluster => untilHealthy(cluster, clock)))
  if (did === 'created') await fill(lab, primaries)
  // One that was there has its content, and what its reset goes back to, unless it was brought up by hand.
  const keep = did === 'created' ? keepDatabase : keepUnlessKept
  await Promise.all(clusters.map(async ({cluster}, index) => keep(cluster, primaries[index] ?? '')))
  return {lab, primaries, ports, isOwn: !reuse}
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
