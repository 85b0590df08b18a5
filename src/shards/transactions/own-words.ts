// Which statements of a function in a transaction are not its own to send: those that begin or end it. Pure.
// Invariant: what begins or ends a whole transaction is found, however it is written; savepoints are not. A text of
// several statements that ends one further on is found by what follows (shard-branch.ts looks at the status). Not here:
// what else a statement is (the router's classification).

/** Spaces, semicolons, comments to the end of the line, comments in the other style (nested ones by name). */
const blank = /^(?:[\s;]+|--[^\n]*)/
const words =
  /^(?:begin|start\s+transaction|commit|end|abort|prepare\s+transaction|rollback(?!\s+(?:(?:work|transaction)\s+)?to\b))\b/i

/** The words with which it would begin or end a transaction; null: it does not begin so. */
export function transactionWords(text: string): string | null {
  const [found] = words.exec(withoutBlank(text)) ?? []
  return found === undefined ? null : found.replace(/\s+/g, ' ').toUpperCase()
}

function withoutBlank(text: string): string {
  let rest = text
  for (;;) {
    if (rest.startsWith('/*')) rest = rest.slice(endOfComment(rest))
    else {
      const [found] = blank.exec(rest) ?? []
      if (found === undefined) return rest
      rest = rest.slice(found.length)
    }
  }
}

/** They nest. */
function endOfComment(text: string): number {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    if (text.startsWith('/*', at)) {
      depth++
      at++
    } else if (text.startsWith('*/', at)) {
      depth--
      at++
      if (depth === 0) return at + 1
    }
  }
  return text.length
}
