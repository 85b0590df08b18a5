// Which groups go where, so that shards carry what they should with the fewest bytes moved. Invariants: first the
// imbalance, then the bytes; what is found is never worse than leaving all as it is; the same input gives the same
// answer. Exact where the search ends within its limit, as it does for a few groups; else the best that was found.
// Pure. Not here: what a plan shows (plan-moves.ts).

/** A group as balancing sees it. */
export interface BalancedGroup {
  readonly group: number
  /** On which shard it is, as an index of `bounds`. */
  readonly at: number
  /** What is balanced: rows, bytes, load or 1. */
  readonly measure: number
  /** What it costs to move it. */
  readonly bytes: number
  /** Shards on which it may be; where it is, too, unless it must leave. */
  readonly allowed: readonly number[]
}

/** What a shard should carry at least and at most. */
export interface Bounds {
  readonly least: number
  readonly most: number
}

/** Where each group of the input should be, in its order. */
export interface Balance {
  readonly to: readonly number[]
  /** What is above `most` and below `least`, over all shards; 0: as it should be. */
  readonly excess: number
  readonly bytes: number
  /** Nothing better exists. */
  readonly isExact: boolean
}

const nodesMost = 20_000

/** Each group needs one allowed shard at least. */
export function balanceGroups(groups: readonly BalancedGroup[], bounds: readonly Bounds[]): Balance {
  // The heaviest first: a bad choice is seen early.
  const order = groups
    .map((_, index) => index)
    .sort((one, other) => measureOf(groups, other) - measureOf(groups, one) || one - other)
  const search = new Search(groups, bounds, order, greedy(groups, bounds))
  search.descend(0, 0)
  const {best, isExact} = search
  return {...best, isExact}
}

interface Found {
  readonly to: readonly number[]
  readonly excess: number
  readonly bytes: number
}

const measureOf = (groups: readonly BalancedGroup[], index: number): number => groups[index]?.measure ?? 0

/** Rounding: measures are rates and shares too. */
const same = (one: number, other: number): boolean => Math.abs(one - other) <= 1e-9 * Math.max(1, one, other)

const isBetter = (one: Found, other: Found): boolean =>
  same(one.excess, other.excess) ? one.bytes < other.bytes && !same(one.bytes, other.bytes) : one.excess < other.excess

function excessOf(loads: readonly number[], bounds: readonly Bounds[]): number {
  return bounds.reduce((sum, {least, most}, shard) => {
    const load = loads[shard] ?? 0
    return sum + Math.max(0, load - most) + Math.max(0, least - load)
  }, 0)
}

function judged(to: readonly number[], groups: readonly BalancedGroup[], bounds: readonly Bounds[]): Found {
  const loads = bounds.map(() => 0)
  let bytes = 0
  for (const [index, {at, measure, bytes: cost}] of groups.entries()) {
    const shard = to[index] ?? at
    loads[shard] = (loads[shard] ?? 0) + measure
    if (shard !== at) bytes += cost
  }
  return {to, excess: excessOf(loads, bounds), bytes}
}

/** Where it is, or the first that it may be on. */
const stay = ({at, allowed}: BalancedGroup): number => (allowed.includes(at) ? at : (allowed[0] ?? at))

/** One change after the other, what takes most excess away for its bytes; then what was not needed goes back. */
function greedy(groups: readonly BalancedGroup[], bounds: readonly Bounds[]): Found {
  let found = judged(groups.map(stay), groups, bounds)
  for (;;) {
    // Two that change places help where no single one does.
    const next =
      bestOf(found, moved(found, groups), groups, bounds) ?? bestOf(found, swapped(found, groups), groups, bounds)
    if (next === null) break
    found = next
  }
  for (const [index, group] of groups.entries()) {
    const back = judged(found.to.with(index, stay(group)), groups, bounds)
    if (isBetter(back, found)) found = back
  }
  return found
}

function bestOf(
  found: Found,
  tries: Iterable<readonly number[]>,
  groups: readonly BalancedGroup[],
  bounds: readonly Bounds[],
): Found | null {
  let best: {readonly found: Found; readonly gain: number} | null = null
  for (const to of tries) {
    const tried = judged(to, groups, bounds)
    if (tried.excess >= found.excess || same(found.excess, tried.excess)) continue
    // One that must be moved anyway costs nothing more elsewhere.
    const gain = (found.excess - tried.excess) / Math.max(1, tried.bytes - found.bytes)
    if (gain > (best?.gain ?? 0)) best = {found: tried, gain}
  }
  return best?.found ?? null
}

function* moved({to}: Found, groups: readonly BalancedGroup[]): Iterable<readonly number[]> {
  for (const [index, {allowed}] of groups.entries())
    for (const shard of allowed) if (shard !== to[index]) yield to.with(index, shard)
}

function* swapped({to}: Found, groups: readonly BalancedGroup[]): Iterable<readonly number[]> {
  for (const [index, one] of groups.entries())
    for (const [other, {allowed}] of groups.entries()) {
      const [here = 0, there = 0] = [to[index], to[other]]
      if (other <= index || here === there || one.measure === groups[other]?.measure) continue
      if (one.allowed.includes(there) && allowed.includes(here)) yield to.with(index, there).with(other, here)
    }
}

class Search {
  best: Found
  isExact = true
  readonly #groups: readonly BalancedGroup[]
  readonly #bounds: readonly Bounds[]
  readonly #order: readonly number[]
  /** What is left to be placed after each depth. */
  readonly #rest: readonly number[]
  readonly #to: number[]
  readonly #loads: number[]
  #nodes = 0

  /** `known`: to be bettered. */
  constructor(groups: readonly BalancedGroup[], bounds: readonly Bounds[], order: readonly number[], known: Found) {
    this.best = known
    this.#groups = groups
    this.#bounds = bounds
    this.#order = order
    this.#to = groups.map(stay)
    this.#loads = bounds.map(() => 0)
    const rest = [0]
    for (const index of order.toReversed()) rest.unshift((rest[0] ?? 0) + measureOf(groups, index))
    this.#rest = rest
  }

  descend(depth: number, bytes: number): void {
    if (++this.#nodes > nodesMost) this.isExact = false
    if (!this.isExact || !this.#isHopeful(depth, bytes)) return
    const index = this.#order[depth]
    const group = index === undefined ? undefined : this.#groups[index]
    if (index === undefined || group === undefined) {
      // Loads were added and taken away again, with what rounding leaves.
      const found = judged([...this.#to], this.#groups, this.#bounds)
      if (isBetter(found, this.best)) this.best = found
      return
    }
    for (const shard of this.#choices(group)) {
      this.#to[index] = shard
      this.#loads[shard] = (this.#loads[shard] ?? 0) + group.measure
      this.descend(depth + 1, shard === group.at ? bytes : bytes + group.bytes)
      this.#loads[shard] -= group.measure
    }
  }

  /** Where it is first, then where most is missing. */
  #choices({at, allowed}: BalancedGroup): readonly number[] {
    const missing = (shard: number): number => (this.#bounds[shard]?.least ?? 0) - (this.#loads[shard] ?? 0)
    return [...allowed].sort(
      (one, other) => Number(other === at) - Number(one === at) || missing(other) - missing(one) || one - other,
    )
  }

  /** Can what is left still lead to something better? */
  #isHopeful(depth: number, bytes: number): boolean {
    let above = 0
    let below = 0
    for (const [shard, {least, most}] of this.#bounds.entries()) {
      const load = this.#loads[shard] ?? 0
      above += Math.max(0, load - most)
      below += Math.max(0, least - load)
    }
    const excess = above + Math.max(0, below - (this.#rest[depth] ?? 0))
    return isBetter({to: [], excess, bytes}, this.best)
  }
}
