// May a text have committed a part of its work before it failed? A procedure, a DO block and a text of several
// statements with COMMIT can. Pure. Invariant: what the grammar does not read counts as such. Not here: what follows.
import {isNode, listIn, nodeIn, typeOfNode} from '../routing/tree-node.ts'

const committing: ReadonlySet<string> = new Set(['CallStmt', 'DoStmt', 'TransactionStmt'])

export function commitsInside(text: string, grammar: {parse(text: string): unknown}): boolean {
  try {
    const tree = grammar.parse(text)
    return listIn(isNode(tree) ? tree : {}, 'stmts').some(one =>
      committing.has(typeOfNode(nodeIn(isNode(one) ? one : {}, 'stmt'))),
    )
  } catch {
    return true
  }
}
