// A text taken apart at its parameters. Invariant: what looks like one inside of quotes is none. Pure. Not here: the
// texts, which are those that render.ts wrote: no comments, no dollar quotes.

/** Text with parameters in it: numbers[i] stands between texts[i] and texts[i + 1]. */
export interface Piece {
  readonly texts: readonly string[]
  readonly numbers: readonly number[]
}

const quotedOrParameter = /[eE]?'(?:[^'\\]|''|\\.)*'|"(?:[^"]|"")*"|\$(\d+)/g

export function pieceOf(text: string): Piece {
  const texts: string[] = []
  const numbers: number[] = []
  let from = 0
  for (const match of text.matchAll(quotedOrParameter)) {
    if (match[1] === undefined) continue
    texts.push(text.slice(from, match.index))
    numbers.push(Number(match[1]))
    from = match.index + match[0].length
  }
  return {texts: [...texts, text.slice(from)], numbers}
}
