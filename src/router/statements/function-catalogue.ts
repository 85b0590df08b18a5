// Which functions and relations keep a query from being a read: what PostgreSQL's own catalogue says, asked once per
// database, and a built-in part of it until then.
// Invariants: by name only, since the arguments' types and search_path are not known here: one volatile overload in any
// schema makes the name volatile, and a name that nobody knows is not known. Not here: when it is asked, and on which
// node (the caller's); the names themselves (builtin-functions.ts); the questions (catalogue-queries.ts).
//
// What a text does not show is not seen here either: a volatile function behind an operator, a cast, or a column's
// notation (row.function). A standby refuses whatever of that writes (25006), which is learned (plan-cache.ts).
import {
  functionsRefusedByStandbys,
  harmlessFunctions,
  knownFunctions,
  viewsOfOneNode,
  volatileFunctions,
} from './builtin-functions.ts'
import {functionsQuery, relationsQuery} from './catalogue-queries.ts'

/** Names folded as in pg_proc and pg_class, without schemas. */
export interface FunctionCatalogue {
  readonly volatile: ReadonlySet<string>
  /** May be called by a read. A name in neither set is not known. */
  readonly known: ReadonlySet<string>
  /** Views that call volatile functions, also through other views; tables with such a policy; views about one node. */
  readonly volatileRelations: ReadonlySet<string>
}

type Row = Readonly<Record<string, unknown>>

/** Sends one query, without parameters, to any node of the cluster, and gives its rows. */
export type Query = (text: string) => Promise<readonly Row[]>

/**
 * Before the database was asked: PostgreSQL's own functions that queries commonly call. Those of extensions and of
 * people are not known.
 */
export const builtInCatalogue: FunctionCatalogue = {
  volatile: new Set([...volatileFunctions, ...functionsRefusedByStandbys]),
  known: new Set([...knownFunctions, ...harmlessFunctions]),
  volatileRelations: viewsOfOneNode,
}

/**
 * All functions of the database that `query` is connected to. Two queries that any role may run, on a standby too; a
 * tenth of a second for a small schema.
 */
export async function loadCatalogue(query: Query): Promise<FunctionCatalogue> {
  const functions = await query(functionsQuery)
  const relations = await query(relationsQuery)
  const volatileRows = volatileFunctionsOf(functions)
  const volatile = new Set([...volatileRows.map(row => textOf(row, 'name')), ...functionsRefusedByStandbys])
  const known = new Set(functions.map(row => textOf(row, 'name')).filter(name => !volatile.has(name)))
  const caught = caughtRelations(relations, new Set(volatileRows.map(row => textOf(row, 'oid'))))
  return {volatile, known, volatileRelations: new Set([...viewsOfOneNode, ...caught])}
}

/**
 * What is harmless is so only as PostgreSQL or an extension has it. pg_stat_get_* is stable, but about one node, like
 * the views made of it.
 */
function volatileFunctionsOf(rows: readonly Row[]): readonly Row[] {
  const isHarmless = (row: Row): boolean => row['provided'] === true && harmlessFunctions.has(textOf(row, 'name'))
  const isOfOneNode = (row: Row): boolean => !isFalse(row['own']) && textOf(row, 'name').startsWith('pg_stat_get_')
  const volatile = rows.filter(row => (!isFalse(row['volatile']) && !isHarmless(row)) || isOfOneNode(row))
  const numbers = new Set(volatile.map(row => textOf(row, 'oid')))
  return [...volatile, ...rows.filter(row => wordsOf(row, 'parts').some(part => numbers.has(part)))]
}

/** Names of the relations that call one of `volatile`, or read one that does. */
function caughtRelations(rows: readonly Row[], volatile: ReadonlySet<string>): readonly string[] {
  const readers = new Map<string, Row[]>()
  for (const row of rows) {
    for (const read of wordsOf(row, 'relations')) readers.set(read, [...(readers.get(read) ?? []), row])
  }
  // The set grows while it is walked.
  const caught = new Set(
    rows.filter(row => !isFalse(row['caught']) || wordsOf(row, 'functions').some(oid => volatile.has(oid))),
  )
  for (const row of caught) for (const reader of readers.get(textOf(row, 'oid')) ?? []) caught.add(reader)
  return [...caught].map(row => textOf(row, 'name'))
}

/** What is not clearly false is taken for true: a driver may have its own idea of a boolean. */
function isFalse(value: unknown): boolean {
  return value === false || value === 'f'
}

function textOf(row: Row, column: string): string {
  const value = row[column]
  return typeof value === 'string' ? value : ''
}

function wordsOf(row: Row, column: string): readonly string[] {
  return textOf(row, column)
    .split(' ')
    .filter(word => word !== '')
}
