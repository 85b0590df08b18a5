// Where hl reaches the lab's services: at the containers' own addresses where this machine can, else at the published
// ports.
// Invariant: one way for the whole run, chosen once, so a fault cannot change it. Not here: connecting.
import {networkInterfaces} from 'node:os'
import type {HostPort, LabEndpoints} from '../../model/ports.ts'
import type {LabDescription, Service} from './lab-description.ts'
import {accepts} from './tcp-probe.ts'

export type Reach = LabEndpoints['via']

const ports = {postgres: 5432, rest: 8008, dcs: 2379, pgpool: 9999} as const
const probeMs = 500

/**
 * Chooses the way. Services that have just been started may not listen yet: then an interface of this machine in the
 * lab's network decides.
 */
export async function chooseReach(lab: LabDescription): Promise<Reach> {
  const candidates = lab.services
    .filter(service => service.facts.status === 'running')
    .flatMap(service => {
      const {address} = service.facts
      const port = servicePort(service.name)
      return address === null || port === null ? [] : [{host: address, port}]
    })
  const answers = await Promise.all(candidates.map(async candidate => await accepts(candidate, probeMs)))
  return answers.includes(true) || lab.services.some(service => isLocalNetwork(service.facts.address))
    ? 'container'
    : 'published'
}

function servicePort(name: string): number | null {
  if (/(?:^|-)pg\d+$/.test(name)) return ports.rest
  if (name.startsWith('etcd')) return ports.dcs
  return name === 'pgpool' ? ports.pgpool : null
}

/** Labs have /24 networks: does this machine have an address in the same one? */
function isLocalNetwork(address: string | null): boolean {
  const prefix = address?.slice(0, address.lastIndexOf('.') + 1) ?? ''
  return (
    prefix !== '' &&
    Object.values(networkInterfaces()).some(list => list?.some(one => one.address.startsWith(prefix)) ?? false)
  )
}

/** PURE: the endpoints for a way. A service that publishes nothing is left out of the published ones. */
export function endpointsOf(lab: LabDescription, via: Reach): LabEndpoints {
  const all = (names: readonly string[], port: number): Readonly<Record<string, HostPort>> =>
    Object.fromEntries(
      names.flatMap(name => {
        const endpoint = endpointOf(
          lab.services.find(service => service.name === name),
          port,
          via,
        )
        return endpoint === null ? [] : [[name, endpoint] as const]
      }),
    )
  return {
    postgres: all(lab.members, ports.postgres),
    rest: all(lab.members, ports.rest),
    dcs: all(lab.dcsMembers, ports.dcs),
    pgpool: endpointOf(
      lab.services.find(service => service.name === 'pgpool'),
      ports.pgpool,
      via,
    ),
    via,
  }
}

/** PURE: one port of one service; null where it cannot be reached that way. */
export function endpointOf(service: Service | undefined, port: number, via: Reach): HostPort | null {
  if (service === undefined) return null
  if (via === 'container') return service.facts.address === null ? null : {host: service.facts.address, port}
  const published = service.facts.ports.find(candidate => candidate.containerPort === port)
  return published === undefined ? null : {host: '127.0.0.1', port: published.hostPort}
}
