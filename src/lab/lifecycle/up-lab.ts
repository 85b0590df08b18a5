// Brings a lab up: what is not there is made, what is stopped is started, what runs is left alone. Then it waits for
// full redundancy and applies hl's migrations, in each cluster. Volumes of an earlier lab with the name are taken over
// with their data. Not here: making a lab (make-lab.ts), what a healthy cluster is (model/topology.ts).
import {hint} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import {plural} from '../../model/quantity.ts'
import {awaitUntil, holds, notYet} from '../../waiting/await-until.ts'
import type {Docker} from '../docker/docker.ts'
import {connectLab, type ConnectedCluster, type ConnectedLab} from './connect-lab.ts'
import {findPlacement} from './free-placement.ts'
import type {LabDescription} from './lab-description.ts'
import {findLab} from './lab-inventory.ts'
import {whileLocked} from './lock.ts'
import {makeLab, planMaking, startServices, type UpOptions} from './make-lab.ts'
import {migrate} from './migrate.ts'
import {hlMigrations} from './package-files.ts'
import {checkRequest, planUp, type UpPlan} from './plan-up.ts'
import {requireInForce, requireSameSettings} from './same-settings.ts'
import {untilHealthy} from './until-healthy.ts'

export interface UpResult {
  readonly lab: ConnectedLab
  /** `created`: new. `started`: was stopped. `was up`: nothing was done. */
  readonly did: 'created' | 'started' | 'was up'
  readonly migrations: readonly string[]
}

/** Takes the lab and brings it up. Errors: LAB_BUSY, those of upLab; bad input is refused before the lab is taken. */
export async function bringUp(docker: Docker, options: UpOptions): Promise<UpResult> {
  checkRequest(options)
  return whileLocked(docker, {lab: options.name, what: 'hl up'}, async () => upLab(docker, options))
}

/**
 * What upLab would do, with all that it would refuse before it begins: what a dry run shows. Changes nothing. Errors:
 * those of upLab.
 */
export async function foreseeUp(docker: Docker, options: UpOptions): Promise<UpPlan> {
  const plan = await planUp(docker, options)
  if (plan.does === 'create') {
    const {shape} = await planMaking(docker, options)
    await findPlacement(docker, shape, options.portBase ?? null)
  } else if (plan.does === 'nothing') await connectSame(docker, options)
  return plan
}

/** A lab that runs; LAB_SETTINGS_DIFFER when it has others than were asked for. */
async function connectSame(docker: Docker, options: UpOptions): Promise<ConnectedLab> {
  const lab = await connectNew(docker, options)
  await Promise.all(lab.clusters.map(async cluster => requireSameSettings(cluster, options)))
  return lab
}

/** The caller holds the lab. Errors: those of planUp and makeLab, LAB_SETTINGS_DIFFER, LAB_UNHEALTHY, and Docker's. */
export async function upLab(docker: Docker, options: UpOptions): Promise<UpResult> {
  const {there, does} = await planUp(docker, options)
  const {clock, progress, signal} = options
  if (does === 'create') await makeLab(docker, options)
  if (does !== 'nothing') {
    signal?.throwIfAborted()
    await startIdle(docker, options, does === 'create' ? await findLab(docker, options.name) : there)
  }
  signal?.throwIfAborted()
  const lab = await connectSame(docker, options)
  progress?.('waiting for full redundancy')
  const primaries = await Promise.all(
    lab.clusters.map(async cluster => untilHealthy(cluster, clock, {signal, wake: wakes(cluster)})),
  )
  await Promise.all(
    lab.clusters.map(async ({cluster}, index) => requireInForce(cluster, primaries[index] ?? '', options)),
  )
  progress?.('applying migrations')
  const migrations = await hlMigrations()
  const applied = await Promise.all(
    lab.clusters.map(async ({cluster}, index) => migrate(cluster, primaries[index] ?? '', migrations)),
  )
  return {
    lab,
    did: ({create: 'created', start: 'started', nothing: 'was up'} as const)[does],
    migrations: applied[0] ?? [],
  }
}

/** A change of nothing wakes Patroni's loop. */
function wakes({clients: {patroni}}: ConnectedCluster): (member: string) => Promise<void> {
  return async member => patroni.patchConfig(member, {hl_look_again: null})
}

async function startIdle(docker: Docker, {name, progress}: UpOptions, {services}: LabDescription): Promise<void> {
  const paused = services.filter(({facts}) => facts.status === 'paused').map(({container}) => container)
  const stopped = services.filter(({facts}) => facts.status === 'stopped')
  if (paused.length > 0) await docker.text(['unpause', ...paused])
  if (stopped.length === 0) return
  progress?.(`starting ${plural(stopped.length, 'container')}`)
  await startServices(docker, name, stopped)
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
      next: [hint('logs', {lab: options.name}), hint('down', {lab: options.name})],
      signal: options.signal,
    },
  )
}
