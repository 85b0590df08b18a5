// Which functions and relations keep a query from being a read: what PostgreSQL's own catalogue says, asked once per
// database, and a built-in part of it until then.
// Invariants: by name only, since the arguments' types and search_path are not known here: one volatile overload in any
// schema makes the name volatile, and a name that nobody knows is not known. Not here: when it is asked, and on which
// node (the caller's); the names themselves (builtin-functions.ts); the questions (catalogue-queries.ts).
//
// What a text does not show is not seen here either: a volatile function behind an operator, a cast, or a column's
// notation (row.function). A standby refuses whatever of that writes (25006), which is learned (plan-cache.ts).
import {
  connectionFunctions,
  functionsRefusedByStandbys,
  harmlessFunctions,
  knownFunctions,
  nodeFunctions,
  viewsOfOneNode,
  volatileFunctions,
} from './builtin-functions.ts'
import {functionsQuery, relationNamesQuery, relationsQuery} from './catalogue-queries.ts'

/** Names folded as in pg_proc and pg_class, without schemas. */
export interface FunctionCatalogue {
  readonly volatile: ReadonlySet<string>
  /** Those of them that PostgreSQL brings. */
  readonly ownVolatile: ReadonlySet<string>
  /** Reads of one node's state. */
  readonly nodeFunctions: ReadonlySet<string>
  /** May be called by a read. A name in none of these sets is not known. */
  readonly known: ReadonlySet<string>
  /** Views that call volatile functions, also through other views; tables with such a policy. */
  readonly volatileRelations: ReadonlySet<string>
  /** Sequences, unlogged tables, views about one node, and what reads them. */
  readonly nodeRelations: ReadonlySet<string>
  /** All that can be read. null: not asked yet, so every name is taken for that of a table. */
  readonly relations: ReadonlySet<string> | null
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
  ownVolatile: new Set([...volatileFunctions, ...functionsRefusedByStandbys]),
  nodeFunctions,
  known: new Set([...knownFunctions, ...harmlessFunctions]),
  volatileRelations: new Set(),
  nodeRelations: viewsOfOneNode,
  relations: null,
}

/**
 * All functions and relations of the database that `query` is connected to. Three queries that any role may run, on a
 * standby too; a tenth of a second for a small schema.
 */
export async function loadCatalogue(query: Query): Promise<FunctionCatalogue> {
  const functions = await query(functionsQuery)
  const readers = await query(relationsQuery)
  const names = await query(relationNamesQuery)
  const ofNode = functions.filter(isOfOneNode)
  const volatileRows = volatileFunctionsOf(functions)
  const volatile = new Set([...namesOf(volatileRows), ...functionsRefusedByStandbys])
  const nodeNames = new Set(namesOf(ofNode))
  return {
    volatile,
    ownVolatile: new Set([...namesOf(volatileRows.filter(row => !isFalse(row['own']))), ...functionsRefusedByStandbys]),
    nodeFunctions: nodeNames,
    known: new Set(namesOf(functions).filter(name => !volatile.has(name) && !nodeNames.has(name))),
    volatileRelations: new Set(caughtRelations(readers, oidsOf(volatileRows), row => row['locks'])),
    nodeRelations: new Set([...viewsOfOneNode, ...caughtRelations(readers, oidsOf(ofNode), row => row['of_node'])]),
    relations: new Set(namesOf(names)),
  }
}

/** Would every statement be judged alike by the two? */
export function isSameCatalogue(one: FunctionCatalogue, other: FunctionCatalogue): boolean {
  return catalogueSets.every(field => isSameSet(one[field], other[field]))
}

const catalogueSets = [
  'volatile',
  'ownVolatile',
  'nodeFunctions',
  'known',
  'volatileRelations',
  'nodeRelations',
  'relations',
] as const satisfies readonly (keyof FunctionCatalogue)[]

function isSameSet(one: ReadonlySet<string> | null, other: ReadonlySet<string> | null): boolean {
  if (one === null || other === null) return one === other
  return one.size === other.size && [...one].every(name => other.has(name))
}

/** pg_stat_get_* are stable or volatile, and what they tell is one node's. */
function isOfOneNode(row: Row): boolean {
  const name = textOf(row, 'name')
  return (
    !isFalse(row['own']) && (connectionFunctions.has(name) || nodeFunctions.has(name) || /^pg_stat_get_/.test(name))
  )
}

/** What is harmless is so only as PostgreSQL or an extension has it. */
function volatileFunctionsOf(rows: readonly Row[]): readonly Row[] {
  const isHarmless = (row: Row): boolean => row['provided'] === true && harmlessFunctions.has(textOf(row, 'name'))
  const volatile = rows.filter(row => !isFalse(row['volatile']) && !isHarmless(row) && !isOfOneNode(row))
  const numbers = oidsOf(volatile)
  return [...volatile, ...rows.filter(row => wordsOf(row, 'parts').some(part => numbers.has(part)))]
}

/** Names of the relations for which `itself` holds, that call one of `functions`, or read one that does. */
function caughtRelations(
  rows: readonly Row[],
  functions: ReadonlySet<string>,
  itself: (row: Row) => unknown,
): readonly string[] {
  const readers = new Map<string, Row[]>()
  for (const row of rows) {
    for (const read of wordsOf(row, 'relations')) readers.set(read, [...(readers.get(read) ?? []), row])
  }
  // The set grows while it is walked.
  const caught = new Set(
    rows.filter(row => !isFalse(itself(row)) || wordsOf(row, 'functions').some(oid => functions.has(oid))),
  )
  for (const row of caught) for (const reader of readers.get(textOf(row, 'oid')) ?? []) caught.add(reader)
  return namesOf([...caught])
}

function namesOf(rows: readonly Row[]): readonly string[] {
  return rows.map(row => textOf(row, 'name'))
}

function oidsOf(rows: readonly Row[]): ReadonlySet<string> {
  return new Set(rows.map(row => textOf(row, 'oid')))
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
