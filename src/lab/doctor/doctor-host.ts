// Checks of the machine: Node, CPUs, memory, disk, ports. Thresholds are those of one lab with headroom. Not here:
// Docker and its images.
import {fail, ok, warn, type DoctorCheck} from './doctor-check.ts'
import {freeDiskMb} from '../host/host-facts.ts'
import type {LabDescription} from '../lifecycle/lab-description.ts'
import {firstPortBase, portsOf} from '../lifecycle/lab-placement.ts'
import {shapeOf} from '../lifecycle/lab-shape.ts'
import type {EngineFacts} from '../docker/parse-docker.ts'
import {isPortFree} from '../lifecycle/tcp-probe.ts'

/** The first version that runs TypeScript's types away without a flag, as in package.json's engines. */
const nodeMin = [22, 18] as const

export function checkNode(version: string): DoctorCheck {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const enough = major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1])
  return enough
    ? ok('node', `Node ${version}`)
    : fail(
        'node',
        `Node ${version} is too old`,
        `install Node ${nodeMin.join('.')} or newer; in the checkout: npx hl`,
        'npm',
      )
}

export function checkCpus({cpus}: EngineFacts): DoctorCheck {
  if (cpus >= 2) return ok('cpus', `${cpus} CPUs`)
  return warn(
    'cpus',
    `${cpus} CPU: a starved host makes Patroni late, and figures worthless`,
    'give Docker at least 2 CPUs',
  )
}

export function checkMemory({memoryMb}: EngineFacts): DoctorCheck {
  if (memoryMb >= 4_000) return ok('memory', `${memoryMb} MB`)
  return warn(
    'memory',
    `${memoryMb} MB: a lab needs about 2,000 MB beside what else runs`,
    'give Docker at least 4,000 MB',
  )
}

export async function checkDisk(engine: EngineFacts): Promise<DoctorCheck> {
  const free = await freeDiskMb(engine)
  if (free === null) return ok('disk', 'Docker keeps its data elsewhere; not looked at')
  if (free >= 10_240) return ok('disk', `${free} MB free in ${engine.rootDir}`)
  const say = free >= 2_048 ? warn : fail
  return say(
    'disk',
    `${free} MB free in ${engine.rootDir}; a lab needs 2,048 MB, a long run more`,
    'docker system df, then docker image prune or hl down --lab <name>',
  )
}

/** The default block; taken by one of our labs is fine, for the next lab takes the next block. */
export async function checkPorts(labs: readonly LabDescription[]): Promise<DoctorCheck> {
  const ours = new Set(
    labs.flatMap(lab => lab.services.flatMap(service => service.facts.ports.map(port => port.hostPort))),
  )
  const busy: number[] = []
  for (const port of portsOf(shapeOf({}), firstPortBase))
    if (!ours.has(port) && !(await isPortFree(port))) busy.push(port)
  if (busy.length === 0) return ok('ports', `${firstPortBase + 1} to ${firstPortBase + 31} free or ours`)
  return warn(
    'ports',
    `in use by others: ${busy.join(', ')}`,
    'nothing: hl takes the next free block; or choose --port-base',
  )
}
