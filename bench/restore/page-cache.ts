// The page cache of the host. Invariant: what is said about it is what was done: cold only where the kernel took the
// order. Not here: the cache of a virtual machine's own host.
import {writeFileSync} from 'node:fs'
import {docker} from './machines.ts'

export type Cache = 'cold' | 'warm'

const file = '/proc/sys/vm/drop_caches'

/**
 * Before anything that reads much: everything is on the disk, and nothing of it in memory. Needs root on the host that
 * runs the containers; without it the cache stays as it is.
 */
export async function emptyCache(container: string): Promise<Cache> {
  await docker.text(['exec', '-u', 'root', container, 'sync'], {timeoutMs: 600_000})
  try {
    writeFileSync(file, '3\n')
    return 'cold'
  } catch {
    return 'warm'
  }
}

export function cacheText(cache: Cache): string {
  return cache === 'cold'
    ? 'Before each measurement everything was synced and the page cache dropped (a virtual disk may still have a cache of its own).'
    : 'The page cache could not be dropped (that takes root on the host), so reads may come from memory: figures are of a warm cache.'
}
