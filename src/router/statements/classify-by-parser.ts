// The kind of a statement by PostgreSQL's own parser. Invariants: a text that the grammar refuses is a write; an error
// of the parser itself is passed on, since it says nothing about the text. Pure but for the parser, which is handed in.
// Not here: the tree (classify-tree.ts), what to do without a parser (plan-cache.ts).
import {classifyTree} from './classify-tree.ts'
import type {FunctionCatalogue} from './function-catalogue.ts'
import type {Parse} from './load-parser.ts'
import {emptyText, notUnderstood, type Verdict} from './verdict.ts'

export function classifyByParser(text: string, parse: Parse, catalogue: FunctionCatalogue): Verdict {
  // libpg-query does not take it, though it takes a comment and nothing else.
  if (text === '') return emptyText
  // The parser would read up to there, and who knows what the server does.
  if (text.includes('\0')) return notUnderstood('a character with code 0')
  const tree = treeOf(text, parse)
  return tree instanceof Error ? notUnderstood(tree.message) : classifyTree(tree, catalogue)
}

/** The tree, or the error that is the grammar's answer. */
function treeOf(text: string, parse: Parse): unknown {
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof Error && error.name === 'SqlError') return error
    throw error
  }
}
