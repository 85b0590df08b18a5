// PURE: one more cluster for a lab of shards that is there: its name, its addresses, its ports. Invariants: nothing of
// the lab is changed; one whose making was cut off is made, before another one is begun. Not here: making it
// (add-cluster.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import {lackingServices, type LabDescription} from './lab-description.ts'
import {clusterMembers, isOfShards, shapeOf, type LabShape} from './lab-shape.ts'

/** What is added. */
export interface AddedCluster {
  readonly cluster: string
  readonly members: readonly string[]
  /** Of the lab with it. */
  readonly shape: LabShape
  readonly subnetPrefix: string
  /** Addresses of all services of the lab, and of its own members. */
  readonly hosts: Readonly<Record<string, string>>
}

/** Members get these last bytes of an address, in the order in which they are free. */
const bytes = [
  ...Array.from({length: 9}, (_, index) => 11 + index),
  ...Array.from({length: 100}, (_, index) => 101 + index),
]

/** Errors: MAP_MISSING for a lab of one cluster, CONFIG_INVALID for one that is full, LAB_UNHEALTHY for half a lab. */
export function planAdd(there: LabDescription, nodes: number | undefined): AddedCluster {
  if (!isOfShards(there.clusters))
    throw new HlError('MAP_MISSING', `lab ${there.lab} is one cluster and has no shards; nothing was made`, {
      next: [hint('up', {lab: '<name>', flags: {shards: 2}, why: 'makes a lab that has'})],
    })
  const lacking = lackingServices(there)
  const cluster = unfinished(lacking) ?? nextName(there)
  const others = there.clusters.filter(({name}) => name !== cluster)
  const foreign = lacking.filter(name => !name.startsWith(`${cluster}-pg`))
  if (foreign.length > 0)
    throw new HlError('LAB_UNHEALTHY', `lab ${there.lab} has no ${foreign.join(', ')}; nothing was made`, {
      next: [hint('status', {lab: there.lab})],
    })
  const size = nodes ?? Math.max(...others.map(({members}) => members.length))
  const shape: LabShape = {
    ...shapeOf({
      profile: there.dcsMembers.length === 1 ? 'small' : 'standard',
      clusters: [...others.map(({name, members}) => ({name, nodes: members.length})), {name: cluster, nodes: size}],
    }),
    pgpool: false,
  }
  const members = clusterMembers(shape).find(({name}) => name === cluster)?.members ?? []
  return {cluster, members, shape, ...placed(there, members)}
}

/** The cluster of a member that was to be made, and is not there. */
function unfinished(lacking: readonly string[]): string | null {
  return /^([a-z][a-z0-9]*)-pg\d+$/.exec(lacking[0] ?? '')?.[1] ?? null
}

/** s3 after s1 and s2. */
function nextName({clusters}: LabDescription): string {
  const numbers = clusters.map(({name}) => Number(/^s(\d+)$/.exec(name)?.[1] ?? 0))
  return `s${Math.max(0, ...numbers) + 1}`
}

function placed(
  {lab, services}: LabDescription,
  members: readonly string[],
): Pick<AddedCluster, 'subnetPrefix' | 'hosts'> {
  const known = services.flatMap(({name, facts}) => (facts.address === null ? [] : [[name, facts.address] as const]))
  const [first] = known
  if (first === undefined)
    throw new HlError('LAB_UNHEALTHY', `the services of lab ${lab} have no addresses; nothing was made`, {
      next: [hint('status', {lab})],
    })
  const subnetPrefix = first[1].slice(0, first[1].lastIndexOf('.'))
  const taken = new Set(known.map(([, address]) => address))
  const free = bytes.map(byte => `${subnetPrefix}.${byte}`).filter(address => !taken.has(address))
  const own = members.filter(member => !known.some(([name]) => name === member))
  return {
    subnetPrefix,
    hosts: Object.fromEntries<string>([...known, ...own.map((member, index) => [member, free[index] ?? ''] as const)]),
  }
}
