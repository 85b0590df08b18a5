// PURE: the order of test files, and which of them belong to which shard. Invariant: every file is in exactly one
// shard, whatever the number of shards.

export interface TimedFile {
  readonly path: string
  readonly seconds: number
}

/** Longest first, so that no long one is left for the end; equals by name. */
export function longestFirst<T extends TimedFile>(files: readonly T[]): readonly T[] {
  return [...files].sort((a, b) => b.seconds - a.seconds || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

export interface Shard {
  /** From 1. */
  readonly index: number
  readonly count: number
}

/** Each file, longest first, goes to the shard that has the least to do so far. */
export function filesOfShard<T extends TimedFile>(files: readonly T[], {index, count}: Shard): readonly T[] {
  const shards = Array.from({length: count}, (): {seconds: number; files: T[]} => ({seconds: 0, files: []}))
  for (const file of longestFirst(files)) {
    const least = shards.reduce((a, b) => (b.seconds < a.seconds ? b : a))
    least.seconds += file.seconds
    least.files.push(file)
  }
  return shards[index - 1]?.files ?? []
}

/** `1/4`; throws for anything else, with what it should have been. */
export function parseShard(text: string): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text)?.map(Number) ?? []
  if (index === undefined || count === undefined || index < 1 || index > count)
    throw new Error(`--shard cannot be "${text}": it is <number>/<of>, like 1/4`)
  return {index, count}
}
