// PURE: `docker inspect` and `docker ps` output -> what hl knows about containers and networks. Throws JsonError and
// nothing else.
// Not here: which containers make a lab (lab-description.ts).
import type {ContainerStatus} from '../../model/topology.ts'
import {
  asArray,
  asObject,
  field,
  isObject,
  numberOr,
  numericOr,
  parseJson,
  path,
  stringOr,
  stringRecord,
} from '../read-json.ts'

export interface PublishedPort {
  readonly containerPort: number
  readonly hostPort: number
}

export interface ContainerFacts {
  readonly id: string
  readonly name: string
  readonly status: ContainerStatus
  readonly labels: Readonly<Record<string, string>>
  readonly environment: Readonly<Record<string, string>>
  /** Fixed address, as asked for; stays known when the container is stopped. */
  readonly address: string | null
  readonly ports: readonly PublishedPort[]
}

/** Docker's word for a container's state in ours. */
export function containerStatus(dockerStatus: string): ContainerStatus {
  if (dockerStatus === 'running' || dockerStatus === 'restarting') return 'running'
  return dockerStatus === 'paused' ? 'paused' : 'stopped'
}

/** The answer of `docker inspect <ids>` (containers). */
export function parseContainers(text: string): readonly ContainerFacts[] {
  return asArray(parseJson(text, 'docker inspect'), 'docker inspect').map(parseContainer)
}

function parseContainer(value: unknown): ContainerFacts {
  const container = asObject(value, 'a container')
  return {
    id: stringOr(container['Id'], ''),
    name: stringOr(container['Name'], '').replace(/^\//, ''),
    status: containerStatus(stringOr(path(container, 'State', 'Status'), 'dead')),
    labels: stringRecord(path(container, 'Config', 'Labels')),
    environment: parseEnvironment(path(container, 'Config', 'Env')),
    address: parseAddress(path(container, 'NetworkSettings', 'Networks')),
    ports: parsePorts(path(container, 'HostConfig', 'PortBindings')),
  }
}

function parseEnvironment(value: unknown): Readonly<Record<string, string>> {
  if (!Array.isArray(value)) return {}
  const pairs = value
    .filter(line => typeof line === 'string')
    .map((line): [string, string] => {
      const at = line.indexOf('=')
      return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]
    })
  return Object.fromEntries(pairs)
}

/** The first network's fixed address, or the one in use where none was asked for. */
function parseAddress(networks: unknown): string | null {
  if (!isObject(networks)) return null
  for (const network of Object.values(networks)) {
    const address =
      stringOr(path(network, 'IPAMConfig', 'IPv4Address'), '') || stringOr(field(network, 'IPAddress'), '')
    if (address !== '') return address
  }
  return null
}

function parsePorts(bindings: unknown): readonly PublishedPort[] {
  if (!isObject(bindings)) return []
  return Object.entries(bindings).flatMap(([key, hosts]) => {
    const containerPort = numericOr(key.split('/')[0], null)
    const hostPort = numericOr(Array.isArray(hosts) ? field(hosts[0], 'HostPort') : undefined, null)
    return containerPort === null || hostPort === null ? [] : [{containerPort, hostPort}]
  })
}

/** The subnets in the answer of `docker network inspect <ids>`. */
export function parseSubnets(text: string): readonly string[] {
  return asArray(parseJson(text, 'docker network inspect'), 'docker network inspect').flatMap(network => {
    const config = path(network, 'IPAM', 'Config')
    return Array.isArray(config)
      ? config.map(entry => stringOr(field(entry, 'Subnet'), '')).filter(subnet => subnet !== '')
      : []
  })
}

/** Lines of `docker ps --format '{{.Names}}\t{{.State}}'` -> status by container name. */
export function parseStatuses(text: string): ReadonlyMap<string, ContainerStatus> {
  const pairs = lines(text).map((line): [string, ContainerStatus] => {
    const [name = '', status = ''] = line.split('\t')
    return [name, containerStatus(status)]
  })
  return new Map(pairs)
}

/** Non-empty lines, trimmed. */
export function lines(text: string): readonly string[] {
  return text
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
}

export interface EngineFacts {
  readonly cpus: number
  readonly memoryMb: number
  readonly os: string
  readonly version: string
  readonly rootDir: string
}

/** The answer of `docker info --format '{{json .}}'`. */
export function parseEngine(text: string): EngineFacts {
  const info = asObject(parseJson(text, 'docker info'), 'docker info')
  return {
    cpus: numberOr(info['NCPU'], 0),
    memoryMb: Math.round(numberOr(info['MemTotal'], 0) / 1_048_576),
    os: [stringOr(info['OperatingSystem'], ''), stringOr(info['KernelVersion'], '')]
      .filter(part => part !== '')
      .join(', Linux '),
    version: stringOr(info['ServerVersion'], ''),
    rootDir: stringOr(info['DockerRootDir'], ''),
  }
}
