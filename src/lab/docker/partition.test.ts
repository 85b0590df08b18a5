import {expect, it} from 'vitest'
import type {LabDescription} from '../lifecycle/lab-description.ts'
import {dockerClient} from './docker.ts'
import type {DockerOutcome} from './docker-failure.ts'
import {uncut} from './partition.ts'
import {healScript} from './partition-rules.ts'

const lab = {lab: 'lab', services: [{name: 'pg1', container: 'hl-lab-pg1-1'}]} as unknown as LabDescription
const failed = (stderr: string): Partial<DockerOutcome> => ({exitCode: 1, stderr})
const locked = failed('Another app is currently holding the xtables lock')

/** What becomes of a heal whose script and whose listing of the rules end so. */
async function heal(script: Partial<DockerOutcome>, listing: Partial<DockerOutcome>): Promise<string> {
  const docker = dockerClient(async argv =>
    Promise.resolve({
      exitCode: 0,
      stdout: '',
      stderr: '',
      timedOut: false,
      missing: false,
      ...(argv.at(-1) === healScript ? script : listing),
    }),
  )
  return uncut(docker, lab, 'pg1').then(
    () => 'healed',
    (error: unknown) => String(Reflect.get(Object(error), 'code')),
  )
}

it.each([
  ['worked', {}, {}, 'healed'],
  ['met a container that has ended', failed('container x is not running'), failed('is not running'), 'healed'],
  ['met a container that is not there', failed('No such container: x'), failed('No such container: x'), 'healed'],
  ['failed where no rule is', locked, {stdout: '-N HL-FAULT-IN'}, 'healed'],
  ['failed where a rule stays', locked, {stdout: '-A HL-FAULT-IN -s 10.0.0.2 -j DROP'}, 'HEAL_FAILED'],
  ['failed where the rules cannot be listed', locked, locked, 'HEAL_FAILED'],
  ['met a paused container', failed('container x is paused'), failed('container x is paused'), 'HEAL_FAILED'],
] as const)('a heal that %s', async (_what, script, listing, becomes) =>
  expect(await heal(script, listing)).toBe(becomes),
)
