// Values of a key as a statement gives them: a parameter or a constant, with casts that keep the value; lists and
// arrays of them. Invariant: an expression whose value could be another than the parameter's or the constant's is no
// source. Pure. Not here: the values themselves (bind-values.ts).
import type {Family} from './family.ts'
import {bodyOf, isNode, listIn, nameIn, nodeIn, textIn, type Node} from './tree-node.ts'

export type Literal =
  | {readonly kind: 'parameter'; readonly number: number}
  | {readonly kind: 'constant'; readonly value: string | number | null}

export type KeySource =
  /** `exact`: null is a value here (IS NOT DISTINCT FROM, INSERT), not a condition that nothing fulfils. */
  | {readonly kind: 'value'; readonly literal: Literal; readonly exact: boolean}
  /** `place` is the condition in the tree. */
  | {readonly kind: 'list'; readonly items: readonly Literal[]; readonly place: Node}
  | {readonly kind: 'array'; readonly literal: Literal; readonly place: Node}
  /** Keys of the rows of an INSERT: none may be left out. */
  | {readonly kind: 'rows'; readonly items: readonly Literal[]}

const castsOf: Readonly<Record<Family, readonly string[]>> = {
  int: ['int2', 'int4', 'int8'],
  uuid: ['uuid'],
  text: ['text', 'varchar'],
}

/** The parameter or constant behind casts that keep a value of that family; null when it is anything else. */
export function literalOf(expression: unknown, family: Family): Literal | null {
  const cast = bodyOf(expression, 'TypeCast')
  if (cast !== null) return keepsValue(cast, family) ? literalOf(cast['arg'], family) : null
  const parameter = bodyOf(expression, 'ParamRef')
  if (parameter !== null) return {kind: 'parameter', number: Number(parameter['number'] ?? 0)}
  const constant = bodyOf(expression, 'A_Const')
  return constant === null ? null : constantOf(constant, family)
}

/** A cast to a type of the family, or to text on the way to one, without a length that could cut the value. */
function keepsValue(cast: Node, family: Family): boolean {
  const type = nodeIn(cast, 'typeName')
  if (listIn(type, 'typmods').length > 0 || listIn(type, 'arrayBounds').length > 0 || type['setof'] === true)
    return false
  const {name, foreign} = nameIn(type, 'names')
  return !foreign && (castsOf[family].includes(name) || name === 'text')
}

/** The column behind casts that keep its value and its order of equality. */
export function withoutCasts(expression: unknown, family: Family): unknown {
  const cast = bodyOf(expression, 'TypeCast')
  if (cast === null) return expression
  const type = nodeIn(cast, 'typeName')
  const {name, foreign} = nameIn(type, 'names')
  const same =
    !foreign &&
    castsOf[family].includes(name) &&
    listIn(type, 'typmods').length === 0 &&
    listIn(type, 'arrayBounds').length === 0
  return same ? withoutCasts(cast['arg'], family) : expression
}

/** A number that is cast to text may be written in another way then. */
function constantOf(constant: Node, family: Family): Literal | null {
  if (constant['isnull'] === true) return {kind: 'constant', value: null}
  if (isNode(constant['sval'])) return {kind: 'constant', value: textIn(nodeIn(constant, 'sval'), 'sval')}
  if (family !== 'int') return null
  if (isNode(constant['ival'])) return {kind: 'constant', value: Number(nodeIn(constant, 'ival')['ival'] ?? 0)}
  if (isNode(constant['fval'])) return {kind: 'constant', value: textIn(nodeIn(constant, 'fval'), 'fval')}
  return null
}

/** `= ANY(…)`: an array parameter or constant, or ARRAY[…] of literals; null when it is anything else. */
export function arrayOf(expression: unknown, family: Family, place: Node): KeySource | null {
  const cast = bodyOf(expression, 'TypeCast')
  if (cast !== null) return keepsArray(cast, family) ? arrayOf(cast['arg'], family, place) : null
  const built = bodyOf(expression, 'A_ArrayExpr')
  if (built !== null) return listOf(listIn(built, 'elements'), family, place)
  const literal = literalOf(expression, family)
  return literal === null ? null : {kind: 'array', literal, place}
}

function keepsArray(cast: Node, family: Family): boolean {
  const type = nodeIn(cast, 'typeName')
  const {name, foreign} = nameIn(type, 'names')
  return (
    !foreign &&
    castsOf[family].includes(name) &&
    listIn(type, 'typmods').length === 0 &&
    listIn(type, 'arrayBounds').length === 1
  )
}

/** A list of literals only; one of them is a value. */
export function listOf(items: readonly unknown[], family: Family, place: Node): KeySource | null {
  const literals = items.map(item => literalOf(item, family))
  const known = literals.filter(literal => literal !== null)
  if (known.length < literals.length) return null
  const [only] = known
  if (known.length === 1 && only !== undefined) return {kind: 'value', literal: only, exact: false}
  return {kind: 'list', items: known, place}
}
