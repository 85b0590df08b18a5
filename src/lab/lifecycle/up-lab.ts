// Brings a lab up: checks everything first, then compose, then waits for full redundancy, then migrations. Idempotent:
// a lab that is there is started where it is stopped, and left alone where it runs. Volumes of an earlier lab with the
// name are taken over with their data. Invariant: a failure half way says which command takes it away again.
// Not here: what a healthy cluster is (model/topology.ts).
import type {ArchiveMode} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import type {Clock} from '../../model/ports.ts'
import {defaultSettings, healthProblems, type ClusterSettings} from '../../model/topology.ts'
import {connectLab, type ConnectedLab, type ConnectOptions} from './connect-lab.ts'
import type {Docker} from '../docker/docker.ts'
import {findPlacement} from './free-placement.ts'
import {engineElsewhere, engineFacts, freeDiskMb} from '../host/host-facts.ts'
import {requireImages} from '../docker/images.ts'
import {checkLabName, profileServices, projectOf, type LabDescription} from './lab-description.ts'
import {findLab, listLabs} from './lab-inventory.ts'
import {portEnvironment} from './lab-placement.ts'
import {requireSealable, requireSameSeal} from './archive-key.ts'
import {migrate} from './migrate.ts'
import {composeFile, hlMigrations, labConfig} from './package-files.ts'
import {
  archiveConfig,
  bootstrapConfig,
  checkSettings,
  differences,
  settingsWithArchive,
} from '../patroni/settings-to-patroni.ts'
import {awaitUntil, holds, notYet} from '../../waiting/await-until.ts'

export interface UpOptions extends ConnectOptions {
  readonly name: string
  /** Those given must be those of a lab that is there already; those absent are the defaults of a new one. */
  readonly settings: Partial<ClusterSettings>
  /** Absent: that of a lab that is there, none for a new one. */
  readonly archive?: ArchiveMode
  /** Is the archive encrypted? Absent: as it is in a lab that is there, no for a new one. */
  readonly encrypt?: boolean
  /** First port of the lab's block on loopback; absent: the first free block. */
  readonly portBase?: number
  /** Told before each step. */
  readonly progress?: (text: string) => void
  /** Ends the waits; a docker command that has begun is carried out. */
  readonly signal?: AbortSignal
}

export interface UpResult {
  readonly lab: ConnectedLab
  /** `created`: new. `started`: was stopped. `was up`: nothing was done. */
  readonly did: 'created' | 'started' | 'was up'
  readonly migrations: readonly string[]
}

export interface HealthWait {
  readonly signal?: AbortSignal
  /** Default: long enough for a node that is rebuilt. */
  readonly withinMs?: number
}

const diskNeededMb = 2_048
const composeMs = 180_000
const healthyMs = 120_000

/**
 * What `upLab` would do, and the lab as it is; looks only. Errors: LAB_NAME_INVALID, CONFIG_INVALID, LAB_UNHEALTHY for
 * half a lab.
 */
export async function planUp(
  docker: Docker,
  {name, settings, archive, encrypt}: Pick<UpOptions, 'name' | 'settings' | 'archive' | 'encrypt'>,
): Promise<{readonly there: LabDescription; readonly does: 'create' | 'start' | 'nothing'}> {
  checkLabName(name)
  checkSettings({...defaultSettings, ...settingsWithArchive({settings, archive})})
  const there = await findLab(docker, name)
  if (there.services.length === 0) {
    requireSealable(archive, encrypt)
    return {there, does: 'create'}
  }
  const lacking = profileServices.filter(service => there.services.every(({name: other}) => other !== service))
  if (lacking.length > 0)
    throw new HlError('LAB_UNHEALTHY', `lab ${name} has no ${lacking.join(', ')}: its start was cut off`, {
      next: [`hl down --lab ${name}`, `hl up --lab ${name}`],
    })
  if (there.others.some(({name: other}) => other === `${projectOf(name)}-restore`))
    throw new HlError(
      'LAB_UNHEALTHY',
      `a restore of lab ${name} was cut off, and its container still works on the data`,
      {next: [`hl restore --put-back --lab ${name}`, `hl down --lab ${name} --volumes --confirm ${name} destroys it`]},
    )
  if (archive !== undefined && archive !== there.archive)
    throw new HlError('LAB_SETTINGS_DIFFER', `lab ${name} is there with archive ${there.archive}, not ${archive}`, {
      next: [`hl up --lab ${name} takes it as it is`, 'use another lab: --lab <name>'],
    })
  if (encrypt !== undefined && encrypt !== there.encrypted)
    throw new HlError(
      'LAB_SETTINGS_DIFFER',
      `the archive of lab ${name} is ${there.encrypted ? '' : 'not '}encrypted, and that is decided when it is made`,
      {next: [`hl up --lab ${name} takes it as it is`, 'use another lab: --lab <name>']},
    )
  return {there, does: there.services.every(service => service.facts.status === 'running') ? 'nothing' : 'start'}
}

/**
 * Errors: those of planUp, IMAGE_MISSING, PORT_IN_USE, DISK_FULL, DOCKER_UNREACHABLE for an engine elsewhere,
 * LAB_SETTINGS_DIFFER, LAB_UNHEALTHY, and Docker's.
 */
export async function upLab(docker: Docker, options: UpOptions): Promise<UpResult> {
  const {there, does} = await planUp(docker, options)
  if (does === 'create') await (await newLab(docker, options))('up', [])
  if (does === 'start') await startAgain(docker, options, there)
  options.signal?.throwIfAborted()
  const lab = await connectNew(docker, options)
  await requireSameSettings(lab, options)
  options.progress?.('waiting for full redundancy')
  const primary = await untilHealthy(lab, options.clock, signalOf(options))
  options.progress?.('applying migrations')
  return {
    lab,
    did: ({create: 'created', start: 'started', nothing: 'was up'} as const)[does],
    migrations: await migrate(lab.cluster, primary, await hlMigrations()),
  }
}

/** The first container makes the passwords a moment after it was started. */
export async function connectNew(
  docker: Docker,
  options: Pick<UpOptions, 'name' | 'clock' | 'reach' | 'signal'>,
): Promise<ConnectedLab> {
  return await awaitUntil(
    async () => {
      try {
        return holds(await connectLab(docker, options.name, options))
      } catch (error) {
        if (error instanceof HlError && error.code === 'LAB_UNHEALTHY') return notYet(error.message)
        throw error
      }
    },
    {
      clock: options.clock,
      what: `the passwords of lab ${options.name}`,
      withinMs: 15_000,
      code: 'LAB_UNHEALTHY',
      next: [`hl logs --lab ${options.name}`, `hl down --lab ${options.name}`],
      ...signalOf(options),
    },
  )
}

/**
 * Runs compose for one new lab, always with the same settings; `services` empty: all of them. `create` makes
 * containers, networks and volumes and starts nothing.
 */
export type ComposeLab = (command: 'create' | 'up', services: readonly string[]) => Promise<void>

/** Checks the machine and finds a place for a new lab. Errors: those of upLab for one that is not there yet. */
export async function newLab(docker: Docker, options: UpOptions): Promise<ComposeLab> {
  await requireImages(docker)
  await requireNear(docker, options)
  const free = await freeDiskMb(await engineFacts(docker))
  if (free !== null && free < diskNeededMb)
    throw new HlError('DISK_FULL', `${free} MB are free for Docker, ${diskNeededMb} MB needed`, {
      next: ['docker system df', 'hl down --lab <name> for a lab that is not needed'],
    })
  const placement = await findPlacement(docker, await listLabs(docker), options.portBase ?? null)
  const archive = options.archive ?? 'none'
  requireSealable(archive, options.encrypt)
  await requireSameSeal(docker, options)
  const config = archiveConfig(
    bootstrapConfig(await labConfig(), {...defaultSettings, ...settingsWithArchive(options)}),
    archive,
  )
  const env = {
    HL_PROJECT: projectOf(options.name),
    HL_LAB: options.name,
    HL_SUBNET_PREFIX: placement.subnetPrefix,
    HL_PATRONI_DCS: JSON.stringify(config),
    HL_ARCHIVE: archive,
    // Empty, not off: compose tells by it whether the archive may write where its secrets are.
    HL_ENCRYPT: options.encrypt === true ? 'on' : '',
    ...portEnvironment(placement.portBase),
  }
  const compose = [
    'compose',
    '-p',
    projectOf(options.name),
    '-f',
    composeFile(),
    ...(archive === 'none' ? [] : ['--profile', 'archive']),
  ]
  return async (command, services) => {
    options.progress?.(
      command === 'create'
        ? `making containers (ports from ${placement.portBase}, network ${placement.subnetPrefix}.0/24)`
        : `starting ${services.length === 0 ? 'containers' : services.join(', ')} (ports from ${placement.portBase}, network ${placement.subnetPrefix}.0/24)`,
    )
    if (options.encrypt === true)
      await orHowToUndo(
        options.name,
        async () => await docker.text([...compose, 'run', '--rm', '-T', 'archive-keys'], {env, timeoutMs: composeMs}),
      )
    await orHowToUndo(
      options.name,
      async () =>
        await docker.text(
          [
            ...compose,
            ...(command === 'up' ? ['up', '-d', ...(services.length === 0 ? [] : ['--no-deps'])] : ['create']),
            ...services,
          ],
          {env, timeoutMs: composeMs},
        ),
    )
  }
}

/**
 * An engine on another machine publishes its ports there, on that machine's loopback: nothing of the lab could be
 * reached from here.
 */
async function requireNear(docker: Docker, {reach}: UpOptions): Promise<void> {
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

async function startAgain(docker: Docker, options: UpOptions, lab: LabDescription): Promise<void> {
  const paused = lab.services.filter(service => service.facts.status === 'paused').map(service => service.container)
  const stopped = lab.services.filter(service => service.facts.status === 'stopped').map(service => service.container)
  if (paused.length > 0) await docker.text(['unpause', ...paused])
  if (stopped.length > 0) {
    options.progress?.(`starting ${stopped.length} stopped containers`)
    await orHowToUndo(options.name, async () => await docker.text(['start', ...stopped], {timeoutMs: composeMs}))
  }
}

/** A lab that was up, or whose volumes were kept, has its own settings: bootstrap settings count once. */
async function requireSameSettings({cluster}: ConnectedLab, {name, settings, clock, signal}: UpOptions): Promise<void> {
  if (Object.keys(settings).length === 0) return
  const actual = await awaitUntil(
    async () => {
      try {
        return holds(await cluster.settings())
      } catch (error) {
        return notYet(error instanceof Error ? error.message : String(error))
      }
    },
    {
      clock,
      what: 'a Patroni that answers',
      withinMs: 30_000,
      code: 'LAB_UNHEALTHY',
      everyMs: 500,
      ...signalOf({signal}),
    },
  )
  const other = differences(actual, settings)
  if (other.length > 0)
    throw new HlError('LAB_SETTINGS_DIFFER', `lab ${name} is there with other settings: ${other.join('; ')}`, {
      next: [
        `hl up --lab ${name} takes it as it is`,
        `hl down --lab ${name} --volumes --confirm ${name} destroys its data; the next hl up then makes it anew`,
        'use another lab: --lab <name>',
      ],
    })
}

/** Waits for full redundancy by the settings in effect; returns the primary. */
export async function untilHealthy(
  {cluster}: Pick<ConnectedLab, 'cluster'>,
  clock: Clock,
  {signal, withinMs = healthyMs}: HealthWait = {},
): Promise<string> {
  return await awaitUntil(
    async () => {
      const [state, settings] = await Promise.all([cluster.state(), cluster.settings().catch(() => null)])
      if (settings === null) return notYet('no Patroni answers')
      const problems = healthProblems(state, settings)
      return problems.length === 0 && state.primary !== null ? holds(state.primary) : notYet(problems.join('; '))
    },
    {
      clock,
      what: `lab ${cluster.lab} to be healthy`,
      withinMs,
      everyMs: 250,
      code: 'LAB_UNHEALTHY',
      next: [
        `hl status --lab ${cluster.lab}`,
        `hl faults heal --all --lab ${cluster.lab}`,
        `hl down --lab ${cluster.lab}`,
      ],
      ...signalOf({signal}),
    },
  )
}

const signalOf = ({signal}: {readonly signal?: AbortSignal | undefined}): {readonly signal?: AbortSignal} =>
  signal === undefined ? {} : {signal}

/** The data stays: it may be older than this start. */
async function orHowToUndo<T>(name: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    if (!(error instanceof HlError)) throw error
    throw new HlError(error.code, error.message, {next: [`hl down --lab ${name}`, ...error.next], cause: error})
  }
}
