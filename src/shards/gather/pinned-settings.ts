// What must be the same in all legs so that their texts can be compared, set for the leg's own transaction only. Pure.
// Invariant: a session is after the leg what it was before. Not here: sending it (leg-wire.ts).

/**
 * One row, one column: the TimeZone of the leg. $1: the one to set, or null to leave the session's. ISO keeps the
 * session's order of day and month for what it reads; 1 is PostgreSQL's default of extra_float_digits since 12: the
 * shortest text that gives the value back.
 */
export const pinningText = `SELECT CASE WHEN pg_catalog.concat(
    pg_catalog.set_config('DateStyle', 'ISO', true),
    pg_catalog.set_config('IntervalStyle', 'postgres', true),
    pg_catalog.set_config('extra_float_digits', '1', true),
    pg_catalog.set_config('bytea_output', 'hex', true),
    pg_catalog.set_config('transaction_read_only', 'on', true)) = '' THEN NULL
  WHEN $1::text IS NULL THEN pg_catalog.current_setting('TimeZone')
  ELSE pg_catalog.set_config('TimeZone', $1, true) END`

/** Names of one zone that servers are set up with. */
const namesOfUtc: ReadonlySet<string> = new Set([
  'utc',
  'etc/utc',
  'gmt',
  'etc/gmt',
  'uct',
  'etc/uct',
  'zulu',
  'etc/zulu',
])

export function isSameZone(a: string, b: string): boolean {
  const left = a.toLowerCase()
  const right = b.toLowerCase()
  return left === right || (namesOfUtc.has(left) && namesOfUtc.has(right))
}
