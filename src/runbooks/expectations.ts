// What a block's output must show: the inline code of the paragraph behind it that begins with "Expect". PURE.
// Not here: where the paragraph stands (parse-runbook.ts).
import type {Block, Expectation} from './runbook.ts'

/** A piece of a paragraph: words, or inline code. */
export interface Piece {
  readonly text: string
  readonly isCode: boolean
}

/** Does a paragraph say what to expect? */
export function isExpectation(pieces: readonly Piece[]): boolean {
  const [first] = pieces
  return first !== undefined && !first.isCode && /^Expect\b/.test(first.text)
}

/**
 * `Expect `streaming`, no `FATAL`, `/^pg\d/`.`: a text that is there, one that is not, a pattern over lines; what comes
 * after that sentence is for people. A pattern that is none is told.
 */
export function readExpectations(pieces: readonly Piece[]): {
  readonly expect: readonly Expectation[]
  readonly problems: readonly string[]
} {
  const problems: string[] = []
  const end = pieces.findIndex(({text, isCode}) => !isCode && /[.](?:\s|$)/.test(text))
  const expect = pieces.slice(0, end < 0 ? undefined : end).flatMap((piece, index): readonly Expectation[] => {
    if (!piece.isCode) return []
    const before = pieces[index - 1]
    const holds = before === undefined || before.isCode || !/\bno\s+$/.test(before.text)
    const [, pattern] = /^\/(.+)\/$/.exec(piece.text) ?? []
    if (pattern === undefined) return [{text: piece.text, form: 'text', holds}]
    if (regularOf(pattern) !== null) return [{text: pattern, form: 'pattern', holds}]
    problems.push(`/${pattern}/ is no regular expression`)
    return []
  })
  return {expect, problems}
}

function regularOf(pattern: string): RegExp | null {
  try {
    return new RegExp(pattern, 'mu')
  } catch {
    return null
  }
}

const shownText = ({text, form}: Expectation): string => (form === 'pattern' ? `/${text}/` : `"${text}"`)

/** What a block said; `exitCode` null: it could not be carried out, and `output` says why. */
export interface Said {
  readonly exitCode: number | null
  readonly output: string
}

/** What is not as expected, in words; empty: all is. */
export function unmet({exitCode, expect}: Pick<Block, 'exitCode' | 'expect'>, said: Said): readonly string[] {
  const code =
    said.exitCode === exitCode
      ? []
      : [said.exitCode === null ? 'it could not be carried out' : `exit ${said.exitCode} instead of ${exitCode}`]
  const missing = expect.flatMap(each => {
    const isThere =
      each.form === 'text' ? said.output.includes(each.text) : (regularOf(each.text)?.test(said.output) ?? false)
    return isThere === each.holds ? [] : [`there is ${isThere ? '' : 'no '}${shownText(each)}`]
  })
  return [...code, ...missing]
}
