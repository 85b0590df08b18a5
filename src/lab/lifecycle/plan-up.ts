// What bringing a lab up would do: it looks, and touches nothing. Invariant: what was asked for and is not what is
// there is refused; what was not asked for is taken as it is. Not here: doing it (up-lab.ts).
import {hint, type NextStep} from '../../model/command-hint.ts'
import type {ArchiveMode} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import {defaultSettings, type ClusterSettings} from '../../model/topology.ts'
import type {Docker} from '../docker/docker.ts'
import {checkSettings, settingsWithArchive} from '../patroni/settings-to-patroni.ts'
import {requireEncryptable} from './archive-key.ts'
import {
  archiveService,
  checkLabName,
  lackingServices,
  profileWords,
  projectOf,
  type ClusterMembers,
  type LabDescription,
} from './lab-description.ts'
import {findLab, labVolumes} from './lab-inventory.ts'
import {
  asksForShape,
  clusterMembers,
  requireFits,
  sameShape,
  servicesOf,
  shapeOf,
  shapeOfData,
  type LabShape,
  type ShapeRequest,
} from './lab-shape.ts'
import {waysBack} from './lost-lab.ts'
import {monitoringServices} from './monitoring-services.ts'

export interface UpRequest extends ShapeRequest {
  readonly name: string
  /** Those given must be those of a lab that is there already; those absent are the defaults of a new one. */
  readonly settings: Partial<ClusterSettings>
  /** Absent: that of a lab that is there, none for a new one. */
  readonly archive?: ArchiveMode
  /** Is the archive encrypted? Absent: as it is in a lab that is there, no for a new one. */
  readonly encrypt?: boolean
}

export interface UpPlan {
  /** The lab as it is. */
  readonly there: LabDescription
  readonly does: 'create' | 'start' | 'nothing'
  /** The clusters that it has, or will have, and the names of all services but the archive and the monitoring. */
  readonly clusters: readonly ClusterMembers[]
  readonly services: readonly string[]
}

/** What can be told without Docker. Errors: LAB_NAME_INVALID, CONFIG_INVALID. */
export function checkRequest(request: UpRequest): void {
  const {name, settings, archive} = request
  checkLabName(name)
  checkSettings({...defaultSettings, ...settingsWithArchive({settings, archive})})
  if (asksForShape(request)) requireFits(shapeOf(request), request)
}

/** Errors: LAB_NAME_INVALID, CONFIG_INVALID, LAB_SETTINGS_DIFFER, LAB_UNHEALTHY for half a lab. */
export async function planUp(docker: Docker, request: UpRequest): Promise<UpPlan> {
  const {name, archive, encrypt} = request
  checkRequest(request)
  const there = await findLab(docker, name)
  if (there.services.length === 0) {
    requireEncryptable(archive, encrypt)
    const shape = await newShape(docker, request)
    return {there, does: 'create', clusters: clusterMembers(shape), services: servicesOf(shape)}
  }
  await requireWhole(docker, there)
  requireSameShape(there, request)
  requireSameArchive(there, request)
  const does = there.services.every(service => service.facts.status === 'running') ? 'nothing' : 'start'
  return {there, does, clusters: there.clusters, services: withoutBeside(there)}
}

/**
 * The shape of a lab that is to be made: as it was asked for, and as the data is that an earlier lab of the name left.
 * Errors: CONFIG_INVALID, LAB_SETTINGS_DIFFER.
 */
export async function newShape(docker: Docker, request: UpRequest): Promise<LabShape> {
  const {name} = request
  const prefix = `${projectOf(name)}_`
  const left = shapeOfData((await labVolumes(docker, name)).map(volume => volume.replace(prefix, '')))
  const shape = left !== null && !asksForShape(request) ? left : shapeOf(request)
  if (left !== null && !sameShape(left, shape))
    throw new HlError(
      'LAB_SETTINGS_DIFFER',
      `the data that lab ${name} left is that of ${servicesOf(left).join(', ')}, and ` +
        `${servicesOf(shape).join(', ')} were asked for`,
      {
        next: [
          hint('up', {lab: name, why: 'takes it as it is'}),
          hint('down', {flags: {volumes: true, confirm: name}, lab: name, why: 'destroys it'}),
        ],
      },
    )
  requireFits(shape, request)
  return shape
}

async function requireWhole(docker: Docker, there: LabDescription): Promise<void> {
  const {lab} = there
  const lacking = lackingServices(there)
  if (lacking.length > 0) {
    const back = waysBack(there, await labVolumes(docker, lab))
    const why = back.length > 0 ? 'its nodes and their data are lost' : 'its start was cut off, or it lost them'
    throw new HlError('LAB_UNHEALTHY', `lab ${lab} has no ${lacking.join(', ')}: ${why}`, {
      next: back.length > 0 ? back : [hint('down', {lab}), hint('up', {lab})],
    })
  }
  // One that is on record was refused before; this is of an hl that kept none.
  if (there.others.some(({name: other}) => other === `${projectOf(lab)}-restore`))
    throw new HlError(
      'LAB_UNHEALTHY',
      `a restore of lab ${lab} was cut off, and its container still works on the data`,
      {
        next: [
          hint('restore', {flags: {'put-back': true}, lab}),
          hint('down', {flags: {volumes: true, confirm: lab}, lab, why: 'destroys it'}),
        ],
      },
    )
}

const takeAsItIs = (lab: string): readonly NextStep[] => [
  hint('up', {lab, why: 'takes it as it is'}),
  'use another lab: --lab <name>',
]

/** What is not of its shape: the archive, and the monitoring beside it. */
const withoutBeside = ({services}: LabDescription): readonly string[] =>
  services.map(({name}) => name).filter(name => ![archiveService, ...monitoringServices].includes(name))

function requireSameShape(there: LabDescription, request: UpRequest): void {
  if (!asksForShape(request)) return
  const is = withoutBeside(there)
  const wanted = servicesOf(shapeOf(request))
  if ([...is].sort().join() === [...wanted].sort().join()) return
  throw new HlError(
    'LAB_SETTINGS_DIFFER',
    `lab ${there.lab} is there with another shape: ${profileWords(there)}, not ${wanted.join(', ')}`,
    {next: takeAsItIs(there.lab)},
  )
}

function requireSameArchive(there: LabDescription, {archive, encrypt}: UpRequest): void {
  const {lab} = there
  if (archive !== undefined && archive !== there.archive)
    throw new HlError('LAB_SETTINGS_DIFFER', `lab ${lab} is there with archive ${there.archive}, not ${archive}`, {
      next: takeAsItIs(lab),
    })
  if (encrypt !== undefined && encrypt !== there.encrypted)
    throw new HlError(
      'LAB_SETTINGS_DIFFER',
      `the archive of lab ${lab} is ${there.encrypted ? '' : 'not '}encrypted, and that is decided when it is made`,
      {next: takeAsItIs(lab)},
    )
}
