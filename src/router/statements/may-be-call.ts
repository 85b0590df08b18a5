// May a name in front of a parenthesis be the name of a function that is called? Invariant: "no" only where the grammar
// of 14 to 18 leaves no such reading. Pure.
// Not here: whether that function may be called (classify-by-words.ts).
import {token} from './lexer.ts'
import {isSign, wordOf, type Token} from './significant-tokens.ts'
import {beforeGivenNames, neverArguments, neverFunctions} from './word-classes.ts'

/**
 * `at` is a word or quoted identifier with a parenthesis behind it. `afterOn`: the parenthesis that the token before it
 * closes, if any, was opened by ON.
 */
export function mayBeCall(tokens: readonly Token[], at: number, afterOn: boolean): boolean {
  const before = tokens[at - 1]
  // Behind a dot every keyword is a name: s.select(1) calls a function.
  if (isSign(before, '.')) return true
  const name = tokens[at]
  if (name?.kind === token.word && neverFunctions.has(name.value)) return false
  if (neverArguments.has(wordOf(tokens[at + 2]))) return false
  // A type with a modifier: x::vector(3).
  if (isSign(before, '::')) return false
  if (beforeGivenNames.has(wordOf(before)) || isPartOfClause(wordOf(before), wordOf(name))) return false
  // `f(x) OVER (`, `count(*) FILTER (`, `(VALUES (1)) t(a)`: what stands behind a closed parenthesis is an operand only
  // in DISTINCT ON (a) f(x).
  return !isSign(before, ')') || afterOn
}

/** ORDER BY (, PARTITION BY (, GROUPING SETS (, character varying (. */
function isPartOfClause(before: string, name: string): boolean {
  return wordsBefore.get(name)?.includes(before) ?? false
}

const wordsBefore: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries<readonly string[]>({
    by: ['order', 'group', 'partition'],
    sets: ['grouping'],
    varying: ['character', 'char', 'bit'],
  }),
)
