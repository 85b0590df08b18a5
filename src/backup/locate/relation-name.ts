// PURE: the file of a relation as WAL names it: `tablespace/database/filenode`, all of them oids.
// Invariant: a filenode is not a table: a rewrite gives a table another one. Not here: which table has which (pg_class
// of the restored base backup).

/** The tablespaces that have no link in pg_tblspc. Source: src/include/catalog/pg_tablespace.dat. */
const defaultTablespace = '1663'
const globalTablespace = '1664'

/**
 * `base/5/16406`, `global/1262` or `pg_tblspc/16400/PG_17_202406281/5/16406` as `spc/db/rel`; null for anything else.
 */
export function relationOfPath(path: string): string | null {
  const base = /^base\/(\d+)\/(\d+)$/.exec(path)
  if (base !== null) return `${defaultTablespace}/${base[1] ?? ''}/${base[2] ?? ''}`
  const shared = /^global\/(\d+)$/.exec(path)
  if (shared !== null) return `${globalTablespace}/0/${shared[1] ?? ''}`
  const linked = /^pg_tblspc\/(\d+)\/[^/]+\/(\d+)\/(\d+)$/.exec(path)
  return linked === null ? null : `${linked[1] ?? ''}/${linked[2] ?? ''}/${linked[3] ?? ''}`
}
