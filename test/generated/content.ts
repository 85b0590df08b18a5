// PURE: what a database holds, asked in SQL that only reads, and how two answers differ. Invariants: nothing of the
// product is used, so that one cannot be wrong like the other; no table is waited for: one that a transaction has
// locked as a whole says so; a sequence is compared as the WAL has it, which is up to 32 values ahead.
// Not here: when it is asked (test/e2e/generated).

/** By `table name` and `sequence name`. */
export type Content = ReadonlyMap<string, string>

/** The value of a table that somebody holds exclusively. */
export const lockedTable = 'locked'

/** Cluster-wide: which databases and roles there are. */
export const clusterSql = `select 'database ' || datname || '|' || datconnlimit from pg_database where datallowconn
union all select 'role ' || rolname || '|' || rolsuper || rolcanlogin from pg_roles where rolname !~ '^pg_' order by 1;`

const shape = `md5(concat_ws(' ', c.relkind, c.relpersistence,
  (select string_agg(concat_ws(':', attname, atttypid::regtype, attnotnull, attidentity), ',' order by attnum) from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped),
  (select string_agg(concat_ws(':', i.relname, indisunique, indisvalid, indkey), ',' order by i.relname) from pg_index join pg_class i on i.oid = indexrelid where indrelid = c.oid),
  (select string_agg(inhparent::regclass::text, ',') from pg_inherits where inhrelid = c.oid)))`

const asXml = (query: string): string => `(xpath('//h/text()', query_to_xml(${query}, true, false, '')))[1]::text`

const rows = asXml(
  `format('select count(*) || '' '' || coalesce(md5(string_agg(md5(x::text), '''' order by md5(x::text) collate "C")), ''-'') as h from only %I.%I x', n.nspname, c.relname)`,
)
const sequence = asXml(
  `format('select last_value || '' '' || log_cnt || '' '' || is_called as h from %I.%I', n.nspname, c.relname)`,
)

/**
 * A line for each table and sequence, and for the large objects, of the database that the session is in. A table cannot
 * be read either while an index of it is rebuilt.
 */
export const contentSql = `with locked as materialized (
  select relation from pg_locks where locktype = 'relation' and mode = 'AccessExclusiveLock' and granted and database = (select oid from pg_database where datname = current_database()))
select case c.relkind when 'S' then 'sequence ' else 'table ' end || n.nspname || '.' || c.relname || '|' || case
  when exists (select from locked where relation in (c.oid, c.reltoastrelid)
    or relation in (select indexrelid from pg_index where indrelid = c.oid)) then '${lockedTable}'
  when c.relpersistence = 'u' then 'unlogged ' || ${shape}
  when c.relkind = 'S' then ${sequence}
  else ${rows} || ' ' || ${shape} end
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'S') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
union all select 'table large objects|' || count(*) || ' ' || coalesce(md5(string_agg(loid || ':' || pageno || ':' || md5(data), ',' order by loid, pageno)), '-') from pg_largeobject
order by 1;`

/** From what psql printed, unaligned and without headings. Other lines are none of it. */
export function parseContent(text: string): Content {
  const lines = text.split('\n').flatMap(line => {
    const at = line.indexOf('|')
    return /^(table|sequence|database|role) /.test(line) && at > 0
      ? [[line.slice(0, at), line.slice(at + 1)] as const]
      : []
  })
  return new Map(lines)
}

/** What is locked keeps the value that it had: nobody else can have changed it. */
export function carriedOn(now: Content, before: Content): Content {
  return new Map(
    [...now].map(([name, value]) => [name, value === lockedTable ? (before.get(name) ?? lockedTable) : value]),
  )
}

export const lockedIn = (content: Content): readonly string[] =>
  [...content].filter(([, value]) => value === lockedTable).map(([name]) => name)

export interface Expected {
  readonly content: Content
  /** What may be seen locked; its value is not compared then. */
  readonly locked: readonly string[]
  /** Sequences may have gone on as far as there: their WAL lies between two ends of transactions. */
  readonly upTo: Content
}

/** In words; none where they are the same. */
export function differences({content, locked, upTo}: Expected, seen: Content): readonly string[] {
  const missing = [...content.keys()].filter(name => !seen.has(name)).map(name => `${name} is missing`)
  const other = [...seen].flatMap(([name, value]) => {
    const wanted = content.get(name)
    if (wanted === undefined) return [`${name} is too many: ${value}`]
    if (value === lockedTable) return locked.includes(name) ? [] : [`${name} is locked`]
    if (name.startsWith('sequence ')) return sequenceDiffers(name, {wanted, upTo: upTo.get(name) ?? wanted, value})
    return value === wanted ? [] : [`${name} is ${value}, not ${wanted}`]
  })
  return [...missing, ...other]
}

function sequenceDiffers(
  name: string,
  {wanted, upTo, value}: {readonly wanted: string; readonly upTo: string; readonly value: string},
): readonly string[] {
  const [least, most, is] = [inWal(wanted), inWal(upTo), inWal(value)]
  return least <= is && is <= Math.max(least, most) ? [] : [`${name} is at ${is}, not from ${least} to ${most}`]
}

/** What the WAL says of it: `last_value log_cnt is_called`; one that was never called is behind its first value. */
function inWal(value: string): number {
  const [last = '', ahead = '', called = ''] = value.split(' ')
  return Number(last) + Number(ahead) - (called === 'true' || called === 't' ? 0 : 1)
}
