// A GatherPlan before its values are known: limits as the statement gives them, parameters inside of the combining
// statement. Plain data and the binding of it. Invariant: a parameter goes into the combining statement as a constant
// of unknown type, which PostgreSQL types as it types a parameter. Not here: how it is found (plan-select.ts).
import type {GatherPlan, SortKey} from './gather-plan.ts'
import {boundLimits, type BoundLimits, type Limits} from './limits.ts'
import {pieceOf} from './piece.ts'
import {unsupported} from './refusal.ts'

export interface GatherTemplate {
  readonly sort: readonly SortKey[]
  readonly distinctKeys: readonly SortKey[] | null
  readonly hidden: number
  readonly limits: Limits
  readonly combine: CombineTemplate | null
}

export interface CombineTemplate {
  /** Pieces of the text; between piece i and piece i + 1 stands the value of parameter numbers[i]. */
  readonly pieces: readonly string[]
  readonly numbers: readonly number[]
  readonly columnTypes: readonly string[]
  readonly groupKeys: readonly SortKey[]
}

/** Parameters of the caller in a combining statement, whose own are $1, $2, …, are numbered from here. */
export const callerNumbers = 2_000_000

export function combineTemplate(
  text: string,
  columnTypes: readonly string[],
  groupKeys: readonly SortKey[],
): CombineTemplate {
  const {texts, numbers: all} = pieceOf(text)
  const pieces: string[] = []
  const numbers: number[] = []
  let piece = texts[0] ?? ''
  all.forEach((number, index) => {
    const next = texts[index + 1] ?? ''
    if (number <= callerNumbers) piece += `$${number}${next}`
    else {
      pieces.push(piece)
      numbers.push(number - callerNumbers)
      piece = next
    }
  })
  pieces.push(piece)
  return {pieces, numbers, columnTypes, groupKeys}
}

export function boundGather(
  template: GatherTemplate,
  values: readonly unknown[],
): {readonly plan: GatherPlan; readonly limits: BoundLimits} {
  const limits = boundLimits(template.limits, values)
  const {sort, distinctKeys, hidden, combine} = template
  const plan: GatherPlan = {
    sort,
    combine:
      combine === null
        ? null
        : {text: boundText(combine, values), columnTypes: combine.columnTypes, groupKeys: combine.groupKeys},
    distinct: distinctKeys !== null,
    distinctKeys: distinctKeys ?? [],
    hidden,
    limit: limits.limit,
    offset: limits.offset,
  }
  return {plan, limits}
}

function boundText({pieces, numbers}: CombineTemplate, values: readonly unknown[]): string {
  return pieces.reduce((text, piece, index) => `${text}${constant(values[(numbers[index - 1] ?? 0) - 1])}${piece}`)
}

/** As pg sends a value, in quotes. */
function constant(value: unknown): string {
  if (value === null || value === undefined) return 'NULL'
  const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint'
  if (!plain && typeof value !== 'boolean')
    throw unsupported(
      'a parameter beside an aggregate that is no string, number or boolean',
      'give it as a string, or compute with it after',
    )
  const text = String(value)
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`
  return text.includes('\\') ? ` E${quoted}` : quoted
}
