// Are the settings that were asked for those of the lab? Bootstrap settings count once: a lab that was up, or whose
// volumes were kept, has its own. Invariant: what was asked for and is not in force is refused, never passed over.
import {hint, type NextStep} from '../../model/command-hint.ts'
import {HlError, messageOf} from '../../model/errors.ts'
import type {Cluster} from '../../model/ports.ts'
import {awaitUntil, holds, notYet} from '../../waiting/await-until.ts'
import type {Docker} from '../docker/docker.ts'
import {runApart} from '../docker/volume.ts'
import {notInForce, otherText, readParameters} from '../patroni/server-parameters.ts'
import {differences, withoutOwn} from '../patroni/settings-to-patroni.ts'
import type {ConnectedCluster, ConnectOptions} from './connect-lab.ts'
import {labConfig} from './package-files.ts'
import type {UpRequest} from './plan-up.ts'

type Wanted = Pick<UpRequest, 'name' | 'settings'>

/** LAB_SETTINGS_DIFFER naming each that is another; LAB_UNHEALTHY when no Patroni answers. */
export async function requireSameSettings(
  {cluster}: Pick<ConnectedCluster, 'cluster'>,
  {name, settings, clock, signal}: Wanted & Pick<ConnectOptions, 'clock'> & {readonly signal?: AbortSignal | undefined},
): Promise<void> {
  if (Object.keys(settings).length === 0) return
  const actual = await awaitUntil(
    async () => {
      try {
        return holds(await cluster.settings())
      } catch (error) {
        return notYet(messageOf(error))
      }
    },
    {
      clock,
      what: 'a Patroni that answers',
      withinMs: 90_000,
      code: 'LAB_UNHEALTHY',
      everyMs: 500,
      signal,
    },
  )
  const other = differences(actual, withoutOwn(settings, await labConfig([cluster])))
  if (other.length > 0)
    throw new HlError('LAB_SETTINGS_DIFFER', `lab ${name} is there with other settings: ${other.join('; ')}`, {
      next: [hint('up', {lab: name, why: 'takes it as it is'}), destroy(name), 'use another lab: --lab <name>'],
    })
}

const destroy = (lab: string): NextStep =>
  hint('down', {flags: {volumes: true, confirm: lab}, lab, why: 'destroys its data, for a new one to be made'})

/** Patroni leaves out what it takes for its own or for wrong: the server is asked. LAB_SETTINGS_DIFFER. */
export async function requireInForce(
  cluster: Pick<Cluster, 'exec'>,
  node: string,
  {name, settings}: Wanted,
): Promise<void> {
  const {parameters = {}} = settings
  const run = async (argv: readonly string[]) => cluster.exec(node, argv, {user: 'postgres', timeoutMs: 30_000})
  const other = await notInForce(cluster, node, await readParameters(run, parameters))
  if (other.length > 0)
    throw new HlError(
      'LAB_SETTINGS_DIFFER',
      `lab ${name} is up, and these are not in force on ${node}: ${other.map(otherText).join('; ')}`,
      {next: [hint('up', {lab: name, why: 'takes it as it is'}), destroy(name)]},
    )
}

/** Before a lab is made: does PostgreSQL take its parameters? In a container that goes at once. CONFIG_INVALID. */
export async function requireTaken(docker: Docker, {parameters = {}}: UpRequest['settings']): Promise<void> {
  await readParameters(async argv => {
    const outcome = await docker.attempt(runApart('hl-postgres:17', argv, ['--user', 'postgres']))
    return {...outcome, exitCode: outcome.exitCode ?? -1}
  }, parameters)
}
