// PURE: one statement on one table, as SQL, and what the table is afterwards. Invariant: inside of a transaction only
// what PostgreSQL allows there. Not here: which one is drawn when (write-history.ts).
import type {Chance} from './chance.ts'
import type {Loss, Verb} from './history.ts'
import type {ModelledTable} from './modelled-tables.ts'

export interface TableStatement {
  readonly sql: readonly string[]
  readonly table: string
  readonly verb: Verb
  readonly now: ModelledTable | null
  /** What it loses once it is committed. */
  readonly loss: Loss | null
}

const idsOfPart = 1_000
const types = ['int', 'bigint', 'numeric'] as const

export function createTable(
  chance: Chance,
  name: string,
  database: string,
): {readonly sql: readonly string[]; readonly now: ModelledTable} {
  const kind = chance.of(['plain', 'plain', 'identity', 'serial', 'wide', 'partitioned'] as const)
  const id = {
    plain: 'bigint primary key',
    wide: 'bigint primary key',
    partitioned: 'bigint primary key',
    identity: 'bigint generated always as identity primary key',
    serial: 'bigserial primary key',
  }[kind]
  const columns = `(id ${id}, n int, v text)`
  const now: ModelledTable = {name, database, kind, type: 'int', nextId: 1, parts: kind === 'partitioned' ? [0, 1] : []}
  if (kind !== 'partitioned') return {sql: [`create table ${name} ${columns}`], now}
  return {
    sql: [`create table ${name} ${columns} partition by range (id)`, ...now.parts.map(part => addPart(name, part))],
    now,
  }
}

/** `inside`: of a transaction. */
export function drawStatement(chance: Chance, table: ModelledTable, tag: string, inside: boolean): TableStatement {
  const verb =
    chance.weighted<Verb>([
      [3, 'insert'],
      [2, 'update'],
      [2, 'delete'],
      [1, 'truncate'],
      [1, 'drop'],
      [2, 'rewrite'],
      [1, 'other'],
    ]) ?? 'insert'
  return statementOf(chance, table, verb, tag, inside)
}

export function statementOf(
  chance: Chance,
  table: ModelledTable,
  verb: Verb,
  tag: string,
  inside: boolean,
): TableStatement {
  const {name, parts} = table
  const said = `/* ${tag} */`
  const where = chance.is(0.4) ? '' : ` where id % 3 = ${chance.below(3)}`
  const same = {table: name, verb, now: table, loss: null}
  switch (verb) {
    case 'insert':
      return insertInto(chance, table, said)
    case 'update':
      return {...same, sql: [`${said} update ${name} set n = n + 1${where}`]}
    case 'delete':
      return {...same, sql: [`${said} delete from ${name}${where}`]}
    case 'truncate':
      return {...same, sql: [`${said} truncate ${name}`], loss: {table: name, how: 'truncated'}}
    case 'drop': {
      const part = parts.length > 1 && chance.is(0.5) ? parts.at(-1) : undefined
      if (part === undefined)
        return {...same, sql: [`${said} drop table ${name}`], now: null, loss: {table: name, how: 'dropped'}}
      const dropped = partName(name, part)
      return {
        sql: [`${said} drop table ${dropped}`],
        table: dropped,
        verb,
        now: {...table, parts: parts.slice(0, -1)},
        loss: {table: dropped, how: 'dropped'},
      }
    }
    case 'rewrite':
      return {...same, ...rewriteOf(chance, table, said, inside)}
    case 'other': {
      if (parts.length > 0) {
        const part = (parts.at(-1) ?? 0) + 1
        return {...same, sql: [`${said} ${addPart(name, part)}`], now: {...table, parts: [...parts, part]}}
      }
      return {...same, sql: [`${said} create index on ${name} (n)`]}
    }
  }
}

function insertInto(chance: Chance, table: ModelledTable, said: string): TableStatement {
  const {name, kind, nextId, parts} = table
  const count = 1 + chance.below(kind === 'wide' ? 6 : 40)
  const text =
    kind === 'wide'
      ? `(select string_agg(md5((g * 997 + j)::text), '') from generate_series(1, 120) j)`
      : `md5(g::text)`
  // Ids of their own making make no claim of which come.
  const own = kind === 'identity' || kind === 'serial'
  const part = parts.length === 0 ? 0 : chance.of(parts)
  const from = `generate_series(${nextId}, ${nextId + count - 1}) g`
  const id = parts.length === 0 ? 'g' : `g + ${part * idsOfPart}`
  // Of a partitioned table PostgreSQL gives no system column back.
  const returning = parts.length === 0 ? ` returning 'xid=' || xmin` : ''
  return {
    sql: [
      `${said} insert into ${name} (${own ? '' : 'id, '}n, v) select ${own ? '' : `${id}, `}g % 7, ${text} from ${from}${returning}`,
    ],
    table: name,
    verb: 'insert',
    now: {...table, nextId: nextId + count},
    loss: null,
  }
}

function rewriteOf(
  chance: Chance,
  table: ModelledTable,
  said: string,
  inside: boolean,
): Pick<TableStatement, 'sql' | 'now'> {
  const {name, type, parts} = table
  const way = chance.of(['type', 'cluster', 'vacuum', 'reindex'] as const)
  if (way === 'vacuum' && !inside) return {sql: [`${said} vacuum full ${name}`], now: table}
  if (way === 'cluster' && parts.length === 0)
    return {sql: [`${said} cluster ${name} using ${pkeyOf(name)}`], now: table}
  if (way === 'reindex' && parts.length === 0) return {sql: [`${said} reindex table ${name}`], now: table}
  const next = types[(types.indexOf(type) + 1) % types.length] ?? 'int'
  return {sql: [`${said} alter table ${name} alter n type ${next}`], now: {...table, type: next}}
}

const pkeyOf = (name: string): string => `${name.replace(/^.*\./, '')}_pkey`
const partName = (name: string, part: number): string => `${name}_p${part}`

function addPart(name: string, part: number): string {
  return `create table ${partName(name, part)} partition of ${name} for values from (${part * idsOfPart}) to (${(part + 1) * idsOfPart})`
}
