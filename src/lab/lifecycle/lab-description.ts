// PURE: what a lab is, told from Docker's labels alone: names, addresses, ports, settings. Invariant: hl keeps no file
// about a lab.
// Not here: asking Docker (lab-inventory.ts).
import {archiveModes, type ArchiveMode} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import type {ContainerFacts} from '../docker/parse-docker.ts'

export const labLabel = 'hl.lab'
const serviceLabel = 'hl.service'
const archiveLabel = 'hl.archive'
const encryptLabel = 'hl.encrypt'
export const lockLabel = 'hl.lock.what'
/** On a container, and its volume, whose data belongs to nobody. */
export const scratchLabel = 'hl.scratch'

/** One container of a lab. */
export interface Service {
  readonly name: string
  readonly container: string
  readonly facts: ContainerFacts
}

export interface LabDescription {
  readonly lab: string
  readonly services: readonly Service[]
  readonly members: readonly string[]
  readonly dcsMembers: readonly string[]
  /** How WAL gets into the lab's archive. */
  readonly archive: ArchiveMode
  /** Is it sealed before it gets there? */
  readonly encrypted: boolean
  /** Lock containers and anything else that carries the label and is no service. */
  readonly others: readonly ContainerFacts[]
}

/** The services of compose/patroni-3: a lab that lacks one was cut off in its making. */
export const profileServices = ['pg1', 'pg2', 'pg3', 'etcd1', 'etcd2', 'etcd3', 'pgpool'] as const
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
    .sort((a, b) => (a.name < b.name ? -1 : 1))
  const named = (pattern: RegExp) => services.map(service => service.name).filter(name => pattern.test(name))
  return {
    lab,
    services,
    members: named(/^pg\d+$/),
    dcsMembers: named(/^etcd\d+$/),
    archive:
      archiveModes.find(mode =>
        services.some(({name, facts}) => name === archiveService && facts.labels[archiveLabel] === mode),
      ) ?? 'none',
    encrypted: services.some(({name, facts}) => name === archiveService && facts.labels[encryptLabel] === 'on'),
    others: containers.filter(container => container.labels[serviceLabel] === undefined),
  }
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
    next: [`hl down --lab ${lab.lab}`, `hl up --lab ${lab.lab}`],
  })
}
