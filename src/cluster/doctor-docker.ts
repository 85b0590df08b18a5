// Checks of the docker client, compose, the base image and the lab's images.
import {HlError} from '../model/errors.ts'
import type {Docker} from './docker.ts'
import {fail, ok, warn, type DoctorCheck} from './doctor-check.ts'
import {baseImage, imageStatuses} from './images.ts'

export async function checkClient(docker: Docker): Promise<DoctorCheck> {
  try {
    const outcome = await docker.attempt(['--version'])
    return ok('docker-client', outcome.stdout.trim())
  } catch (error) {
    return fail('docker-client', error instanceof HlError ? error.message : String(error), 'sh scripts/setup.sh', 'docker')
  }
}

export async function checkCompose(docker: Docker): Promise<DoctorCheck> {
  const outcome = await docker.attempt(['compose', 'version', '--short'])
  if (outcome.exitCode === 0) return ok('compose', `compose ${outcome.stdout.trim()}`)
  return fail('compose', 'the docker client has no compose plugin', 'sh scripts/setup.sh', 'compose')
}

/** Needed to build the images only. */
export async function checkBaseImage(docker: Docker): Promise<DoctorCheck> {
  const outcome = await docker.attempt(['image', 'inspect', '--format', '{{.Id}}', baseImage])
  return outcome.exitCode === 0 ? ok('base-image', `${baseImage} is there`) : warn('base-image', `${baseImage} is not there; building images needs it`, 'sh scripts/setup.sh --only base', 'base')
}

export async function checkImages(docker: Docker): Promise<DoctorCheck> {
  const statuses = Object.entries(await imageStatuses(docker))
  const named = (status: string) => statuses.filter(([, value]) => value === status).map(([image]) => image).join(', ')
  if (named('missing') !== '') return fail('images', `not built: ${named('missing')}`, 'sh scripts/setup.sh', 'images')
  if (named('stale') !== '') return warn('images', `built from other sources than compose/images: ${named('stale')}`, 'sh scripts/setup.sh, then hl down and hl up', 'images')
  return ok('images', `current: ${named('current')}`)
}
