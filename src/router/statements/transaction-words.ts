// The grammar of what begins and ends a transaction (gram.y, TransactionStmt), for texts that are read by their words.
// BEGIN and COMMIT may be answered without asking the server, so nothing that it would refuse may pass for one. Pure.
import {token} from './lexer.ts'
import {isSign, significantTokens, wordOf, type Token} from './significant-tokens.ts'

const level = 'isolation level (?:serializable|repeatable read|read committed|read uncommitted)'
const mode = `(?:${level}|read only|read write|(?:not )?deferrable)`
const beginning = new RegExp(`^(?:begin(?: work| transaction)?|start transaction)(?: ${mode}(?:(?: ,)? ${mode})*)?$`)
const ending = /^(?:commit|end|rollback|abort)(?: work| transaction)?(?: and (?:no )?chain)?$/

/** Of one statement, without its semicolon. */
export function isBeginning(tokens: readonly Token[]): boolean {
  return beginning.test(phrase(tokens))
}

/** COMMIT, END, ROLLBACK or ABORT of a whole transaction. */
export function isEnding(tokens: readonly Token[]): boolean {
  return ending.test(phrase(tokens))
}

/** What pg gives as the command of a BEGIN, in whatever form it was written: the first word of the server's tag. */
export function commandOfBegin(text: string): 'BEGIN' | 'START' {
  return wordOf(significantTokens(text)?.[0]) === 'start' ? 'START' : 'BEGIN'
}

/** Longer than anything above. */
const tokensMax = 64

function phrase(tokens: readonly Token[]): string {
  if (tokens.length > tokensMax) return ''
  return tokens.map(found => (found.kind === token.word || isSign(found, ',') ? found.value : '?')).join(' ')
}
