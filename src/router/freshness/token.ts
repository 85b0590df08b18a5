// What a reader must see, as a value that travels: in memory, in a cookie, in a header. Invariants: merging never
// forgets the greater requirement; what is parsed is what was formatted, anything else is null. Pure. Not here: whether
// a node satisfies one (decide-freshness.ts), what became of its timeline (timeline-history.ts).

/**
 * Whoever reads with this sees everything up to this byte position in the WAL of this timeline. Draw it after COMMIT:
 * the commit record itself must lie below.
 */
export interface Token {
  /** A whole number from 1 to 2^32 - 1. */
  readonly timeline: number
  /** A pg_lsn as a number: a whole one, exact up to 2^53 (8 PiB of WAL in the life of one cluster). */
  readonly position: number
}

/** How many bytes of text the longest token has: nothing longer is even looked at. */
const textLengthMax = 30
const halfSize = 2 ** 32
const timelineMax = halfSize - 1

/**
 * The one of the two that demands more. The timeline comes first: whatever the older token stands for either survived
 * into the newer timeline, below the point where that began, or is lost for every reader. So a merge may hide a loss:
 * ask causalityOf() about the token held before noting one of a newer timeline.
 */
export function laterToken(one: Token | null, other: Token | null): Token | null {
  if (one === null || other === null) return one ?? other
  if (one.timeline !== other.timeline) return one.timeline > other.timeline ? one : other
  return one.position >= other.position ? one : other
}

/**
 * For example `hl1.3.0-16B3748`: version, timeline, LSN. Has only characters that cookies, headers and URLs carry as
 * they are, and shows the LSN that psql shows.
 */
export function formatToken({timeline, position}: Token): string {
  return `hl1.${timeline}.${formatLsn(position).replace('/', '-')}`
}

/**
 * Reads formatToken's text; null for any other. It has no signature: a forged one can make its bearer's reads go to the
 * primary, but never makes them see less than a reader without a token does.
 */
export function parseToken(text: string): Token | null {
  if (text.length > textLengthMax) return null
  const [, timelineText = '', high = '', low = ''] =
    /^hl1\.([1-9][0-9]{0,9})\.(0|[1-9A-F][0-9A-F]{0,7})-(0|[1-9A-F][0-9A-F]{0,7})$/.exec(text) ?? []
  const timeline = Number(timelineText)
  const position = parseLsn(`${high}/${low}`)
  return timeline < 1 || timeline > timelineMax || position === null ? null : {timeline, position}
}

/**
 * Reads PostgreSQL's `X/Y`, with or without the leading zeros that version 19 prints; null for anything else, and for a
 * position that a number cannot hold.
 */
export function parseLsn(text: string): number | null {
  const [, high = '', low = ''] = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text) ?? []
  const position = Number.parseInt(high, 16) * halfSize + Number.parseInt(low, 16)
  return Number.isSafeInteger(position) ? position : null
}

/** The `X/Y` that every version of PostgreSQL reads. */
export function formatLsn(position: number): string {
  return `${Math.floor(position / halfSize).toString(16)}/${(position % halfSize).toString(16)}`.toUpperCase()
}
