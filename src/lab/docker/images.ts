// The lab's images: are they there, and were they built from today's compose/images? The hash is the one
// scripts/images-hash.sh prints.
// Not here: building them (scripts/setup.sh).
import {hint} from '../../model/command-hint.ts'
import {createHash} from 'node:crypto'
import {readdir, readFile} from 'node:fs/promises'
import {join, sep} from 'node:path'
import {HlError} from '../../model/errors.ts'
import type {Docker} from './docker.ts'
import {packageRoot} from '../lifecycle/package-files.ts'

export const labImages = ['hl-postgres:17', 'hl-etcd:3.5', 'hl-pgpool:4.6', 'hl-archive:17'] as const
/** Prometheus and Alertmanager: of labs that were asked to have them (lifecycle/add-monitoring.ts). */
export const monitoringImage = 'hl-monitoring:2.53'
const monitoringFolder = 'monitoring'
export const baseImage = 'debian:trixie-slim'

export type ImageStatus = 'current' | 'stale' | 'missing'

/** The label hl.sources of an image; null when the image is not there. */
async function sourcesOf(docker: Docker, image: string): Promise<string | null> {
  const outcome = await docker.attempt(['image', 'inspect', '--format', '{{index .Config.Labels "hl.sources"}}', image])
  return outcome.exitCode === 0 ? outcome.stdout.trim() : null
}

/** Each image's status against the sources of this package. */
export async function imageStatuses(docker: Docker): Promise<Readonly<Record<string, ImageStatus>>> {
  const wanted = await sourcesHash(imagesFolder())
  const entries = await Promise.all(
    labImages.map(async (image): Promise<[string, ImageStatus]> => {
      const sources = await sourcesOf(docker, image)
      return [image, sources === null ? 'missing' : sources === wanted ? 'current' : 'stale']
    }),
  )
  return Object.fromEntries(entries)
}

/** Is it there, and of the sources of this package? It is none of the images that every lab needs. */
export async function isMonitoringImageCurrent(docker: Docker): Promise<boolean> {
  const wanted = await sourcesHash(join(imagesFolder(), monitoringFolder))
  return (await sourcesOf(docker, monitoringImage)) === wanted
}

const imagesFolder = (): string => join(packageRoot(), 'compose', 'images')

/** Throws IMAGE_MISSING naming all that are not there; a stale image works and is doctor's concern. */
export async function requireImages(docker: Docker): Promise<void> {
  const statuses = await imageStatuses(docker)
  const missing = labImages.filter(image => statuses[image] === 'missing')
  if (missing.length > 0)
    throw new HlError('IMAGE_MISSING', `not built yet: ${missing.join(', ')}`, {
      next: ['sh scripts/setup.sh', hint('doctor', {flags: {fix: true}})],
    })
}

/**
 * sha256 over one line "<sha256 of the file>  <path>" per file, paths relative and sorted bytewise; but for what has a
 * hash of its own.
 */
async function sourcesHash(folder: string): Promise<string> {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true})
  const paths = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  const own = paths
    .map(path => ({
      path,
      name: path
        .slice(folder.length + 1)
        .split(sep)
        .join('/'),
    }))
    .filter(({name}) => !name.startsWith(`${monitoringFolder}/`))
  const files = await Promise.all(own.map(async ({path, name}) => ({path: name, bytes: await readFile(path)})))
  const sorted = files.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
  return sha256(sorted.map(({path, bytes}) => `${sha256(bytes)}  ${path}\n`).join(''))
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}
