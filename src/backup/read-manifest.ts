// What the manifest of a base backup says of it: which WAL it needs, and how large its files are before compression.
import {HlError} from '../model/errors.ts'
import type {Cluster} from '../model/ports.ts'
import {scriptIn} from './in-archive.ts'

export interface ManifestFacts {
  readonly timeline: number | null
  readonly startLsn: string | null
  readonly stopLsn: string | null
  readonly bytes: number | null
  readonly sha256: string | null
}

/** A logical backup has no manifest. */
export const noManifest: ManifestFacts = {timeline: null, startLsn: null, stopLsn: null, bytes: null, sha256: null}

/** `service`: where the file `manifest` is. BACKUP_FAILED when it names no WAL, or WAL of two timelines. */
export async function readManifest(cluster: Cluster, service: string, manifest: string): Promise<ManifestFacts> {
  return parseManifest(
    await scriptIn(
      cluster,
      `sha256sum <${manifest} | cut -d' ' -f1; grep -o '"Size": [0-9]*' ${manifest} | awk '{sum += $2} END ` +
        `{printf "%.0f\\n", sum}'; grep -o '{ "Timeline".*}' ${manifest}`,
      {service},
    ),
  )
}

/** PURE: its hash, the sum of the sizes, and a line for each range of WAL. */
function parseManifest(text: string): ManifestFacts {
  const [sha256 = '', bytes = '', ...ranges] = text.split('\n')
  // Two ranges: the timeline switched meanwhile, and where such a backup begins is on another one than where it ends.
  if (ranges.length > 1)
    throw new HlError('BACKUP_FAILED', 'there was a failover while the backup was taken, and it spans two timelines', {
      next: ['take it again'],
    })
  const range = /"Timeline": (\d+), "Start-LSN": "([0-9A-F/]+)", "End-LSN": "([0-9A-F/]+)"/.exec(ranges[0] ?? '')
  if (range === null)
    throw new HlError('BACKUP_FAILED', `the manifest of the backup names no WAL: ${text.slice(0, 300)}`, {
      next: ['take it again'],
    })
  return {
    timeline: Number(range[1]),
    startLsn: range[2] ?? null,
    stopLsn: range[3] ?? null,
    bytes: Number(bytes),
    sha256,
  }
}
