// PURE: what a base backup says of pages whose checksum is wrong, as values. Invariant: what it only counts ("further
// failures not reported") is counted too.
// Not here: running it (check-pages.ts).

export interface DamagedPage {
  /** Below the data directory: `base/16384/16412`. */
  readonly file: string
  readonly block: number
}

export interface PageDamage {
  /** Those that are named; a file with many names its first five only. */
  readonly pages: readonly DamagedPage[]
  /** All of them, where the server said how many; else those that are named. */
  readonly count: number
}

const named = /checksum verification failed in file "(?:\.\/)?([^"]+)", block (\d+)/g
const total = /(\d+) total checksum verification failures/

/** Source of the sentences: src/backend/backup/basebackup.c. */
export function parseDamage(stderr: string): PageDamage {
  const pages = [...stderr.matchAll(named)].map(([, file = '', block = '']) => ({file, block: Number(block)}))
  return {pages, count: Math.max(pages.length, Number(total.exec(stderr)?.[1] ?? 0))}
}
