// Makes the containers, the network and the volumes of a new lab, and starts nothing. Invariant: the machine is checked
// before anything is made; ports and network are the lab's alone, whoever makes labs at the same moment; a failure half
// way says which command takes it away again. Not here: starting it (up-lab.ts, restored-lab.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import {defaultSettings} from '../../model/topology.ts'
import type {Docker} from '../docker/docker.ts'
import {requireImages} from '../docker/images.ts'
import {engineElsewhere, engineFacts, freeDiskMb} from '../host/host-facts.ts'
import {archiveConfig, bootstrapConfig, settingsWithArchive} from '../patroni/settings-to-patroni.ts'
import {requireSameEncryption, requireEncryptable} from './archive-key.ts'
import type {ConnectOptions} from './connect-lab.ts'
import {findPlacement} from './free-placement.ts'
import {labCompose, type LabPlan} from './lab-compose.ts'
import {projectOf, type Service} from './lab-description.ts'
import type {Placement} from './lab-placement.ts'
import {labConfig} from './package-files.ts'
import {whilePlacing} from './placement-lock.ts'
import {newShape, type UpRequest} from './plan-up.ts'
import {requireTaken} from './same-settings.ts'

export interface UpOptions extends ConnectOptions, UpRequest {
  /** First port of the lab's block on loopback; absent: the first free block. */
  readonly portBase?: number
  /** On every object of a lab that is made, beside its own. */
  readonly labels?: Readonly<Record<string, string>>
  /** Told before each step. */
  readonly progress?: (text: string) => void
  /** Ends the waits; a docker command that has begun is carried out. */
  readonly signal?: AbortSignal
}

const diskNeededMb = 2_048
const composeMs = 180_000

/**
 * Errors: those of planUp for a new lab, CONFIG_INVALID, IMAGE_MISSING, PORT_IN_USE, DISK_FULL, DOCKER_UNREACHABLE for
 * an engine elsewhere, LAB_BUSY while another lab is given its place, and Docker's.
 */
export async function makeLab(docker: Docker, options: UpOptions): Promise<void> {
  const {name, clock, signal, progress} = options
  const planned = await planMaking(docker, options)
  const compose = await whilePlacing(
    docker,
    {clock, lab: name, what: `the making of lab ${name}`, signal, progress},
    async () => {
      const placement = await findPlacement(docker, planned.shape, options.portBase ?? null)
      progress?.(placementWords(placement))
      const run = composeRunner(docker, {...planned, placement})
      await run(['create'])
      return run
    },
  )
  if (planned.encrypt) await compose(['run', '--rm', '-T', 'archive-keys'])
}

/**
 * What is to be made, once all that would refuse it was asked; nothing is made. Errors: those of makeLab but
 * PORT_IN_USE and LAB_BUSY.
 */
export async function planMaking(docker: Docker, options: UpOptions): Promise<Omit<LabPlan, 'placement'>> {
  const planned = await allOf(planLab(docker, options), [
    requireImages(docker),
    requireNear(docker, options),
    requireDisk(docker),
  ])
  await requireTaken(docker, options.settings)
  return planned
}

/** Everything at once, for each asks Docker; of several refusals the first of the list is told, whoever is faster. */
async function allOf<T>(plan: Promise<T>, checks: readonly Promise<void>[]): Promise<T> {
  const [planned, ...checked] = await Promise.allSettled([plan, ...checks])
  for (const outcome of [planned, ...checked]) if (outcome.status === 'rejected') throw outcome.reason
  return plan
}

const placementWords = ({portBase, subnetPrefix}: Placement): string =>
  `making containers (ports from ${portBase}, network ${subnetPrefix}.0/24)`

async function planLab(docker: Docker, options: UpOptions): Promise<Omit<LabPlan, 'placement'>> {
  const archive = options.archive ?? 'none'
  requireEncryptable(archive, options.encrypt)
  const [shape] = await Promise.all([newShape(docker, options), requireSameEncryption(docker, options)])
  const settings = {...defaultSettings, ...settingsWithArchive(options)}
  const dcsConfig = archiveConfig(bootstrapConfig(await labConfig(shape.clusters), settings), archive)
  const labels = options.labels === undefined ? {} : {labels: options.labels}
  return {lab: options.name, shape, dcsConfig, archive, encrypt: options.encrypt === true, ...labels}
}

/** Runs compose for the one lab, always with the same document. */
function composeRunner(docker: Docker, plan: LabPlan): (argv: readonly string[]) => Promise<void> {
  const stdin = labCompose(plan)
  return async argv =>
    orHowToUndo(plan.lab, async () => {
      await docker.text(['compose', '-p', projectOf(plan.lab), '-f', '-', ...argv], {stdin, timeoutMs: composeMs})
    })
}

/**
 * An engine on another machine publishes its ports there, on that machine's loopback: nothing of the lab could be
 * reached from here.
 */
async function requireNear(docker: Docker, {reach}: ConnectOptions): Promise<void> {
  const elsewhere = reach === 'container' ? null : await engineElsewhere(docker)
  if (elsewhere !== null)
    throw new HlError(
      'DOCKER_UNREACHABLE',
      `the Docker engine at ${elsewhere} is another machine, and a lab publishes its ports on loopback only`,
      {
        next: [
          'run hl on that machine',
          'where the addresses of its containers are routed to this one: HL_REACH=container',
        ],
      },
    )
}

async function requireDisk(docker: Docker): Promise<void> {
  const free = await freeDiskMb(await engineFacts(docker))
  if (free !== null && free < diskNeededMb)
    throw new HlError('DISK_FULL', `${free} MB are free for Docker, ${diskNeededMb} MB needed`, {
      next: ['docker system df', hint('down', {lab: '<name>', why: 'for a lab that is not needed'})],
    })
}

/** Starts containers that do not run, all at once: docker itself would start one after the other. */
export async function startServices(docker: Docker, lab: string, services: readonly Service[]): Promise<void> {
  await orHowToUndo(lab, async () => {
    await Promise.all(services.map(async ({container}) => docker.text(['start', container], {timeoutMs: composeMs})))
  })
}

/** The data stays: it may be older than this start. */
async function orHowToUndo<T>(name: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof HlError)) throw error
    throw new HlError(error.code, error.message, {next: [hint('down', {lab: name}), ...error.steps], cause: error})
  }
}
