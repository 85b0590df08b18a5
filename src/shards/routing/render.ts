// A tree written as a text again. Invariant: a text is used only if PostgreSQL's grammar reads it as the very tree
// that was meant, so a fault of the writer is a refusal and never a wrong statement. Not here: the packages (load-
// sql.ts).
import {unsupported} from './refusal.ts'
import {bodyOf, isNode, listIn, mapTree, visit, withoutPlaces, type Node} from './tree-node.ts'
import {parameter} from './build-nodes.ts'

export interface Sql {
  /** The parse tree; throws for what is no SQL. */
  readonly parse: (text: string) => unknown
  /** The text of one statement's tree. */
  readonly write: (statement: unknown) => string
}

/** One statement's tree to its text; throws ShardError UNSUPPORTED when it cannot be written exactly. */
export type Render = (statement: unknown) => string

export function rendererOf(sql: Sql | null): Render {
  return statement => {
    if (sql === null)
      throw unsupported('a statement that must be rewritten for each shard', 'install libpg-query and pgsql-deparser')
    const text = written(statement, sql)
    if (text === null || withoutPlaces(onlyStatement(sql.parse(text))) !== withoutPlaces(statement))
      throw unsupported('a statement that cannot be written again exactly', 'write it more simply, or give the key')
    return text
  }
}

function written(statement: unknown, sql: Sql): string | null {
  try {
    const text = sql.write(statement)
    sql.parse(text)
    return text
  } catch {
    return null
  }
}

function onlyStatement(tree: unknown): unknown {
  const statements = isNode(tree) ? listIn(tree, 'stmts') : []
  const [first] = statements
  return statements.length === 1 && isNode(first) ? first['stmt'] : null
}

/** What a parameter of a leg is filled with. */
export type Filling =
  | {readonly kind: 'value'; readonly number: number}
  /** limit + offset of the statement. */
  | {readonly kind: 'limit'}
  /** The keys of the list that this shard has. */
  | {readonly kind: 'list'}
  /** The groups that this shard owns. */
  | {readonly kind: 'groups'}

/** A text for a leg; `fillings` null: the values of the caller as they are. */
export interface LegText {
  readonly text: string
  readonly fillings: readonly Filling[] | null
}

/** Stand-ins in a tree; no statement has that many parameters. */
export const limitNumber = 1_000_001
export const listNumber = 1_000_002
export const groupsNumber = 1_000_003

/** The tree as a leg: parameters are numbered anew in the order of their appearance, those left out are gone. */
export function legTextOf(statement: unknown, render: Render): LegText {
  const numbers: number[] = []
  visit(statement, node => {
    const number = bodyOf(node, 'ParamRef')?.['number']
    if (typeof number === 'number' && !numbers.includes(number)) numbers.push(number)
    return true
  })
  const renumbered = mapTree(statement, (node: Node) => {
    const number = bodyOf(node, 'ParamRef')?.['number']
    return typeof number === 'number' ? parameter(numbers.indexOf(number) + 1) : null
  })
  return {text: render(renumbered), fillings: numbers.map(fillingOf)}
}

function fillingOf(number: number): Filling {
  if (number === limitNumber) return {kind: 'limit'}
  if (number === groupsNumber) return {kind: 'groups'}
  return number === listNumber ? {kind: 'list'} : {kind: 'value', number}
}
