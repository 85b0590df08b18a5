// Checks of the docker client, compose, the base image and the lab's images.
import type {ConnectOptions} from '../lifecycle/connect-lab.ts'
import type {Docker} from '../docker/docker.ts'
import {fail, ok, warn, type DoctorCheck} from './doctor-check.ts'
import {engineElsewhere} from '../host/host-facts.ts'
import {baseImage, imageStatuses} from '../docker/images.ts'

/** Throws DOCKER_MISSING when there is none. */
export async function checkClient(docker: Docker): Promise<DoctorCheck> {
  return ok('docker-client', (await docker.attempt(['--version'])).stdout.trim())
}

/** Ports are published on the engine's own loopback. */
export async function checkReach(docker: Docker, {reach}: Pick<ConnectOptions, 'reach'>): Promise<DoctorCheck> {
  const elsewhere = await engineElsewhere(docker)
  if (elsewhere === null || reach === 'container')
    return ok(
      'docker-reach',
      elsewhere === null
        ? 'the engine is on this machine'
        : `the engine is at ${elsewhere}; containers are reached by their addresses`,
    )
  return fail(
    'docker-reach',
    `the engine is at ${elsewhere}, and a lab publishes its ports on loopback there`,
    'run hl on that machine; or HL_REACH=container, where its container addresses are routed to this one',
  )
}

export async function checkCompose(docker: Docker): Promise<DoctorCheck> {
  const outcome = await docker.attempt(['compose', 'version', '--short'])
  if (outcome.exitCode === 0) return ok('compose', `compose ${outcome.stdout.trim()}`)
  return fail('compose', 'the docker client has no compose plugin', 'sh scripts/setup.sh', 'compose')
}

/** Needed to build the images only. */
export async function checkBaseImage(docker: Docker): Promise<DoctorCheck> {
  const outcome = await docker.attempt(['image', 'inspect', '--format', '{{.Id}}', baseImage])
  return outcome.exitCode === 0
    ? ok('base-image', `${baseImage} is there`)
    : warn(
        'base-image',
        `${baseImage} is not there; building images needs it`,
        'sh scripts/setup.sh --only base',
        'base',
      )
}

export async function checkImages(docker: Docker): Promise<DoctorCheck> {
  const statuses = Object.entries(await imageStatuses(docker))
  const named = (status: string) =>
    statuses
      .filter(([, value]) => value === status)
      .map(([image]) => image)
      .join(', ')
  if (named('missing') !== '') return fail('images', `not built: ${named('missing')}`, 'sh scripts/setup.sh', 'images')
  if (named('stale') !== '')
    return warn(
      'images',
      `built from other sources than compose/images: ${named('stale')}`,
      'sh scripts/setup.sh, then take the labs down and bring them up again',
      'images',
    )
  return ok('images', `current: ${named('current')}`)
}
