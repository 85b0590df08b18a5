// Can a part of this text stay committed although its answer was an error? Pure. Invariant: in doubt yes, since who is
// told no may send it again. Not here: what the text is otherwise (classify-*.ts).
import {token} from './lexer.ts'
import {significantTokens, wordOf} from './significant-tokens.ts'

/** They commit as they go, or may: procedures, and commands that PostgreSQL refuses inside of a transaction. */
const committing = new Set(['call', 'do', 'vacuum', 'reindex', 'cluster'])

/** A text of several statements, a procedure, CREATE INDEX CONCURRENTLY and the like. Never throws. */
export function mayCommitInside(text: string): boolean {
  const tokens = significantTokens(text)
  if (tokens === null) return true
  const end = tokens.findIndex(({kind}) => kind === token.semicolon)
  const isSeveral = end !== -1 && tokens.slice(end).some(({kind}) => kind !== token.semicolon)
  return isSeveral || committing.has(wordOf(tokens[0])) || tokens.some(found => wordOf(found) === 'concurrently')
}
