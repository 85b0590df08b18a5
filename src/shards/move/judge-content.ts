// Is what both sides have the same, while it is being written? Invariants: two states that were read at different times
// are called different only when the source has stood still meanwhile; what never stood still is not called the same.
// Pure. Not here: reading (verify-content.ts).

/** What is in a slot of a table: independent of the order of rows; a row that is there twice counts. */
export interface SlotDigest {
  readonly slot: number
  readonly rows: number
  /** Of the rows' hashes. */
  readonly sum: string
  readonly xor: string
}

/** Slots in which they differ, ascending. */
export function differingSlots(one: readonly SlotDigest[], other: readonly SlotDigest[]): readonly number[] {
  const text = ({rows, sum, xor}: SlotDigest): string => `${rows} ${sum} ${xor}`
  const [left, right] = [one, other].map(digests => new Map(digests.map(digest => [digest.slot, text(digest)])))
  return [...new Set([...one, ...other].map(({slot}) => slot))]
    .filter(slot => left?.get(slot) !== right?.get(slot))
    .sort((a, b) => a - b)
}

/** Slots in parts of at most so many rows on either side, or of one slot; what is read of a part is in memory. */
export function partsOf(
  slots: readonly number[],
  sides: readonly (readonly SlotDigest[])[],
  rowsMost: number,
): readonly (readonly number[])[] {
  const rowsOf = (slot: number): number =>
    Math.max(0, ...sides.map(digests => digests.find(digest => digest.slot === slot)?.rows ?? 0))
  const parts: number[][] = []
  let rows = Infinity
  for (const slot of slots) {
    rows += rowsOf(slot)
    if (rows > rowsMost) {
      parts.push([])
      rows = rowsOf(slot)
    }
    parts.at(-1)?.push(slot)
  }
  return parts
}

/** Rows by what identifies them, as one text, with their hashes. */
export type Rows = ReadonlyMap<string, string>

/** Rows that are not the same on both sides, or on one only. */
export function differingRows(one: Rows, other: Rows): readonly string[] {
  return [...new Set([...one.keys(), ...other.keys()])].filter(row => one.get(row) !== other.get(row))
}

/** same, differs: as it is. busy: the source went on; look again. */
export type RowVerdict = 'same' | 'differs' | 'busy'

/**
 * A row as the source had it before the destination was asked, which had heard of all until then, and after that.
 * undefined: not there.
 */
export function judgeRow(
  before: string | undefined,
  destination: string | undefined,
  after: string | undefined,
): RowVerdict {
  if (destination === before || destination === after) return 'same'
  return before === after ? 'differs' : 'busy'
}
