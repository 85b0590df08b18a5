// PURE: slot groups in few words: neighbours that are alike are one range. Not here: how a range is shown.
import type {ShardMap} from '../shards/index.ts'

/** From and to are both in it. */
export interface GroupRange {
  readonly from: number
  readonly to: number
}

/** Neighbouring groups of one owner and one epoch. */
export interface MapRange extends GroupRange {
  readonly shard: string
  readonly epoch: number
}

/** Of groups in ascending order. */
export function rangesOf(groups: readonly number[]): readonly GroupRange[] {
  return joined(
    groups.map(group => ({from: group, to: group})),
    () => true,
  )
}

/** The whole map, in the order of its groups. */
export function mapRanges(map: ShardMap): readonly MapRange[] {
  const groups = map.shards.flatMap(shard =>
    map.groupsOf(shard).map(group => ({from: group, to: group, shard, epoch: map.epochOf(group)})),
  )
  return joined(
    groups.sort((one, other) => one.from - other.from),
    (one, other) => one.shard === other.shard && one.epoch === other.epoch,
  )
}

/** `0-31, 40`; `none`. */
export function rangesText(ranges: readonly GroupRange[]): string {
  if (ranges.length === 0) return 'none'
  return ranges.map(({from, to}) => (from === to ? String(from) : `${from}-${to}`)).join(', ')
}

function joined<R extends GroupRange>(ranges: readonly R[], alike: (one: R, other: R) => boolean): readonly R[] {
  const all: R[] = []
  for (const range of ranges) {
    const last = all.at(-1)
    if (last !== undefined && last.to + 1 === range.from && alike(last, range))
      all[all.length - 1] = {...last, to: range.to}
    else all.push(range)
  }
  return all
}
