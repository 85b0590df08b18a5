// WAL positions (pg_lsn) as numbers. Invariant: an Lsn is a bigint count of bytes, text only at the edges. Not here:
// where an LSN was read.

export type Lsn = bigint

/**
 * Parses PostgreSQL's `X/Y` form; null when the text is not an LSN. Source: PostgreSQL documentation, "pg_lsn Type".
 */
export function parseLsn(text: string): Lsn | null {
  const match = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text)
  if (match === null) return null
  return (BigInt(`0x${match[1]}`) << 32n) | BigInt(`0x${match[2]}`)
}

/** The `X/Y` form that PostgreSQL prints. */
export function formatLsn(lsn: Lsn): string {
  return `${(lsn >> 32n).toString(16).toUpperCase()}/${(lsn & 0xffff_ffffn).toString(16).toUpperCase()}`
}
