// PURE: what a lab is, told from Docker's labels alone: names, addresses, ports, settings. Invariant: hl keeps no file
// about a lab.
// Not here: asking Docker (lab-inventory.ts).
import {hint} from '../../model/command-hint.ts'
import {archiveModes, type ArchiveMode} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {soleCluster} from '../../model/topology.ts'
import type {ContainerFacts} from '../docker/parse-docker.ts'
import {inOrder, servicesOf, shapeOf, type ShapeRequest} from './lab-shape.ts'

export const labLabel = 'hl.lab'
export const serviceLabel = 'hl.service'
export const roleLabel = 'hl.role'
/** On a member: the name of its cluster. Absent: the sole one. */
export const clusterLabel = 'hl.cluster'
/** On every service: the names of all that the lab was made with. Absent: those of the standard lab. */
export const servicesLabel = 'hl.services'
export const archiveLabel = 'hl.archive'
export const encryptLabel = 'hl.encrypt'
export const lockLabel = 'hl.lock.what'
/** On a container, and its volume, whose data belongs to nobody. */
export const scratchLabel = 'hl.scratch'

/** One container of a lab. */
export interface Service {
  readonly name: string
  readonly container: string
  readonly facts: ContainerFacts
}

export interface ClusterMembers {
  readonly name: string
  readonly members: readonly string[]
}

export interface LabDescription {
  readonly lab: string
  readonly services: readonly Service[]
  /** In order of their names; those of one lab share its etcd, with a Patroni scope each. */
  readonly clusters: readonly ClusterMembers[]
  /** Of the cluster that is talked of: the first one, unless `ofCluster` chose another. */
  readonly cluster: string
  readonly members: readonly string[]
  readonly dcsMembers: readonly string[]
  /** How WAL gets into the lab's archive. */
  readonly archive: ArchiveMode
  /** Is it encrypted before it gets there? */
  readonly encrypted: boolean
  /** Lock containers and anything else that carries the label and is no service. */
  readonly others: readonly ContainerFacts[]
}

/** There when the lab has an archive. */
export const archiveService = 'archive'

/** The compose project of a lab. */
export const projectOf = (lab: string): string => `hl-${lab}`

/** Throws LAB_NAME_INVALID unless the name is fit for Docker objects. */
export function checkLabName(name: string): void {
  if (/^[a-z][a-z0-9-]{0,30}$/.test(name)) return
  throw new HlError('LAB_NAME_INVALID', `"${name}" is no name for a lab`, {
    next: ['use a lower-case letter, then letters, digits and hyphens, at most 31 characters'],
  })
}

/** Groups labelled containers by lab; labs and services in order of their names. */
export function describeLabs(containers: readonly ContainerFacts[]): readonly LabDescription[] {
  const names = [...new Set(containers.map(container => container.labels[labLabel] ?? ''))]
    .filter(name => name !== '')
    .sort()
  return names.map(lab =>
    describeLab(
      lab,
      containers.filter(container => container.labels[labLabel] === lab),
    ),
  )
}

/** A lab from its containers. */
export function describeLab(lab: string, containers: readonly ContainerFacts[]): LabDescription {
  const services = containers
    .flatMap(facts => {
      const name = facts.labels[serviceLabel]
      return name === undefined ? [] : [{name, container: facts.name, facts}]
    })
    .sort((a, b) => inOrder(a.name, b.name))
  const named = (pattern: RegExp) => services.map(service => service.name).filter(name => pattern.test(name))
  const clusters = clustersOf(services)
  return {
    lab,
    services,
    clusters,
    cluster: clusters[0]?.name ?? soleCluster,
    members: clusters[0]?.members ?? [],
    dcsMembers: named(/^etcd\d+$/),
    archive:
      archiveModes.find(mode =>
        services.some(({name, facts}) => name === archiveService && facts.labels[archiveLabel] === mode),
      ) ?? 'none',
    encrypted: services.some(({name, facts}) => name === archiveService && facts.labels[encryptLabel] === 'on'),
    others: containers.filter(container => container.labels[serviceLabel] === undefined),
  }
}

const isMember = ({name}: Service): boolean => /^(?:[a-z][a-z0-9]*-)?pg\d+$/.test(name)

/** Those of which no node is left, too: their archive is. */
function clustersOf(services: readonly Service[]): readonly ClusterMembers[] {
  const members = services.filter(isMember)
  const clusterOf = ({facts}: Service): string => facts.labels[clusterLabel] ?? soleCluster
  const made = madeWith(services).flatMap(name => {
    const match = /^(?:([a-z][a-z0-9]*)-)?pg\d+$/.exec(name)
    return match === null ? [] : [match[1] ?? soleCluster]
  })
  return [...new Set([...members.map(clusterOf), ...made])].sort(inOrder).map(name => ({
    name,
    members: members.filter(member => clusterOf(member) === name).map(member => member.name),
  }))
}

/** The lab as one of its clusters sees it: its own members, and what all share. `name`: that of one that is there. */
export function ofCluster(lab: LabDescription, name: string): LabDescription {
  const members = lab.clusters.find(cluster => cluster.name === name)?.members ?? []
  const services = lab.services.filter(service => !isMember(service) || members.includes(service.name))
  return {...lab, cluster: name, members, services}
}

/** Services that a lab was made with and that are not there: its making was cut off, or somebody removed them. */
export function lackingServices({services}: LabDescription): readonly string[] {
  return madeWith(services).filter(name => services.every(service => service.name !== name))
}

function madeWith(services: readonly Service[]): readonly string[] {
  // One that was added later tells of itself and of all that were there.
  const said = services.flatMap(({facts}) => facts.labels[servicesLabel]?.split(' ') ?? [])
  return said.length === 0 ? servicesOf(shapeOf({})) : [...new Set(said)]
}

/** What to ask for to get a lab like this one, also where services of it are lost; of shards, the one it is about. */
export function shapeLike({services, clusters, cluster}: LabDescription): ShapeRequest {
  const names = madeWith(services)
  const member = cluster === soleCluster ? /^pg\d+$/ : new RegExp(`^${cluster}-pg\\d+$`)
  const nodes = names.filter(name => member.test(name)).length
  const isStandard = clusters.length === 1 && names.filter(name => /^etcd\d+$/.test(name)).length > 1
  return isStandard && cluster === soleCluster ? {profile: 'standard'} : {profile: 'small', nodes: Math.max(1, nodes)}
}

/** The same of these of its shards together. */
export function shapeOfShards({services}: Pick<LabDescription, 'services'>, shards: readonly string[]): ShapeRequest {
  const names = madeWith(services)
  const nodesOf = (shard: string): number => names.filter(name => new RegExp(`^${shard}-pg\\d+$`).test(name)).length
  return {
    profile: names.filter(name => /^etcd\d+$/.test(name)).length > 1 ? 'standard' : 'small',
    clusters: shards.map(name => ({name, nodes: Math.max(1, nodesOf(name))})),
  }
}

/** What a lab is made of, in a few words: the name of its profile for the standard one. */
export function profileWords({clusters, dcsMembers, services}: LabDescription): string {
  const pgpool = services.some(({name}) => name === 'pgpool')
  const [first] = clusters
  if (clusters.length === 1 && first?.members.length === 3 && dcsMembers.length === 3 && pgpool) return 'patroni-3'
  const nodes = clusters.map(({name, members}) =>
    clusters.length === 1 ? `${members.length}` : `${name} ${members.length}`,
  )
  return `${nodes.join(', ')} PostgreSQL, ${dcsMembers.length} etcd, ${pgpool ? 'pgpool' : 'no pgpool'}`
}

/** NODE_UNKNOWN for what holds no PostgreSQL of the cluster; the nodes that do are named. */
export function requireMember(
  {lab, members}: {readonly lab: string; readonly members: readonly string[]},
  name: string,
) {
  if (!members.includes(name))
    throw new HlError('NODE_UNKNOWN', `${name} is no PostgreSQL node of lab ${lab}`, {
      next: [`it has ${members.join(', ')}`],
    })
}

/** A service by name; NODE_UNKNOWN when the lab has no such one. */
export function serviceOf(lab: LabDescription, name: string): Service {
  const service = lab.services.find(candidate => candidate.name === name)
  if (service !== undefined) return service
  throw new HlError('NODE_UNKNOWN', `lab ${lab.lab} has no service ${name}`, {
    next: [`it has ${lab.services.map(candidate => candidate.name).join(', ')}`],
  })
}

/** The address of a service inside the lab's network; LAB_UNHEALTHY when Docker knows none. */
export function addressOf(lab: LabDescription, name: string): string {
  const {address} = serviceOf(lab, name).facts
  if (address !== null) return address
  throw new HlError('LAB_UNHEALTHY', `${name} of lab ${lab.lab} has no address`, {
    next: [hint('down', {lab: lab.lab}), hint('up', {lab: lab.lab})],
  })
}
