// Finds a free block of ports and a free network for a new lab. Throws PORT_IN_USE naming the port. Not here: the
// choice itself (lab-placement.ts).
import {hint} from '../../model/command-hint.ts'
import {networkInterfaces} from 'node:os'
import {HlError} from '../../model/errors.ts'
import type {Docker} from '../docker/docker.ts'
import type {LabDescription} from './lab-description.ts'
import {inspectAll, listLabs} from './lab-inventory.ts'
import {freeSubnetPrefix, portBases, portsOf, type Placement, type PortsAt} from './lab-placement.ts'
import type {LabShape} from './lab-shape.ts'
import {lines, parseSubnets} from '../docker/parse-docker.ts'
import {isPortFree} from './tcp-probe.ts'

/**
 * To be called by the holder of the machine's placement (placement-lock.ts) alone, who keeps it until the lab's
 * containers and network are made. `portBase` null: the first free block.
 */
export async function findPlacement(docker: Docker, shape: LabShape, portBase: number | null): Promise<Placement> {
  const [labs, subnets] = await Promise.all([listLabs(docker), takenSubnets(docker)])
  const port = await findPortBase(labs, base => portsOf(shape, base), portBase)
  const subnetPrefix = freeSubnetPrefix(subnets)
  if (subnetPrefix === null)
    throw new HlError('DOCKER_COMMAND_FAILED', 'all networks 10.231.0.0/24 to 10.231.255.0/24 are taken', {
      next: [hint('down', {lab: '<name>', why: 'for a lab that is not needed'}), 'docker network prune'],
    })
  return {portBase: port, subnetPrefix}
}

/** A stopped lab keeps its ports. The caller holds the machine's placement. Errors: PORT_IN_USE. */
export async function findPortBase(
  labs: readonly LabDescription[],
  portsAt: PortsAt,
  wanted: number | null,
): Promise<number> {
  const owners = new Map(
    labs.flatMap(lab =>
      lab.services.flatMap(service => service.facts.ports.map(port => [port.hostPort, lab.lab] as const)),
    ),
  )
  if (wanted !== null) {
    const busy = await firstBusy(portsAt(wanted), owners)
    if (busy === null) return wanted
    throw new HlError('PORT_IN_USE', `port ${busy.port} is in use${busy.by === null ? '' : ` by lab ${busy.by}`}`, {
      next: ['choose another --port-base, or leave it out: hl then finds a free block'],
    })
  }
  for (const base of portBases(portsAt, new Set(owners.keys())))
    if ((await firstBusy(portsAt(base), owners)) === null) return base
  throw new HlError('PORT_IN_USE', 'no free block of ports between 24320 and 30000', {
    next: [hint('down', {lab: '<name>', why: 'for a lab that is not needed'}), 'choose --port-base'],
  })
}

async function firstBusy(
  ports: readonly number[],
  owners: ReadonlyMap<number, string>,
): Promise<{readonly port: number; readonly by: string | null} | null> {
  for (const port of ports) {
    const owner = owners.get(port)
    if (owner !== undefined) return {port, by: owner}
    if (!(await isPortFree(port))) return {port, by: null}
  }
  return null
}

/** Networks of Docker, and those that this machine itself is in. */
async function takenSubnets(docker: Docker): Promise<readonly string[]> {
  const ids = lines(await docker.text(['network', 'ls', '-q']))
  const networks = parseSubnets(await inspectAll(docker, 'network', ids))
  const own = Object.values(networkInterfaces()).flatMap(list => list?.map(one => one.cidr ?? '') ?? [])
  return [...networks, ...own]
}
