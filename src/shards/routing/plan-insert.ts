// INSERT of several rows: as pieces of text, of which each shard gets the rows of its keys. Invariants: the pieces
// put together are the statement itself, which is proven once by parsing it; each row is in exactly one leg. Not
// here: which row goes where (bind-split.ts).
import type {Analysis} from './analyse.ts'
import {volatilityIn} from './calls.ts'
import {hasReturning} from './plan-change.ts'
import {unsupported} from './refusal.ts'
import type {Render} from './render.ts'
import {pieceOf} from './piece.ts'
import type {SplitInsert} from './statement-route.ts'
import type {Tables} from './table-facts.ts'
import {bodyOf, listIn, nodeIn, type Node} from './tree-node.ts'

/** Throws ShardError UNSUPPORTED. */
export function planSplit(insert: Node, analysis: Analysis, tables: Tables, render: Render): SplitInsert {
  const {query, uses, graph} = analysis
  const [target, ...others] = uses
  if (target === undefined || others.length > 0 || query.whole.kind === 'mixed')
    throw unsupported('an INSERT of rows for several shards with subqueries over sharded tables')
  const [volatile] = volatilityIn({InsertStmt: insert}, tables).volatile
  if (volatile !== undefined)
    throw unsupported(
      `${volatile}() in an INSERT of rows for several shards`,
      'compute the value first and give it as a parameter, or insert row by row',
    )
  const source = graph
    .sourcesOf([target.node])
    .get(target.node)
    ?.find(one => one.kind === 'rows')
  if (source === undefined) throw unsupported('an INSERT whose keys are not known')
  const conflict = nodeIn(insert, 'onConflictClause')
  const oneToOne =
    conflict['action'] === undefined ||
    (conflict['action'] === 'ONCONFLICT_UPDATE' && conflict['whereClause'] === undefined)
  return {
    ...piecesOf(insert, render),
    keyType: target.table.key?.type ?? 'int8',
    keys: source.items,
    returning: hasReturning(insert),
    oneToOne,
  }
}

function piecesOf(insert: Node, render: Render): Pick<SplitInsert, 'head' | 'rows' | 'tail'> {
  const select = bodyOf(insert['selectStmt'], 'SelectStmt') ?? {}
  const rows = listIn(select, 'valuesLists')
  const rowTexts = rows.map(row => render({InsertStmt: rowOnly(row)}).slice(rowStart.length))
  const [first] = rows
  const whole = render({InsertStmt: {...insert, selectStmt: {SelectStmt: {...select, valuesLists: [first]}}}})
  const start = whole.indexOf(`VALUES ${rowTexts[0] ?? ''}`) + 'VALUES '.length
  const end = start + (rowTexts[0] ?? '').length
  const pieces = {head: pieceOf(whole.slice(0, start)), rows: rowTexts.map(pieceOf), tail: pieceOf(whole.slice(end))}
  const all = render({InsertStmt: insert})
  if (all !== `${whole.slice(0, start)}${rowTexts.join(', ')}${whole.slice(end)}`)
    throw unsupported('an INSERT of rows for several shards that cannot be taken apart', 'insert row by row')
  return pieces
}

const rowStart = 'INSERT INTO x VALUES '

/** A row by itself, in the smallest statement that may hold DEFAULT. */
function rowOnly(row: unknown): Node {
  return {
    relation: {relname: 'x', inh: true, relpersistence: 'p'},
    selectStmt: {SelectStmt: {valuesLists: [row], limitOption: 'LIMIT_OPTION_DEFAULT', op: 'SETOP_NONE'}},
    override: 'OVERRIDING_NOT_SET',
  }
}
