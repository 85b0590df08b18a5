// What a router would do with a statement: the decision on top, every node with its reason under it. PURE.
import {formatMs} from '../../src/model/time.ts'
import {displayWidth, printable, wrap} from '../../src/report/printable.ts'
import {formatBytes} from '../../src/model/quantity.ts'
import type {Paint, Theme} from '../../src/report/theme.ts'
import type {ExplainAnswer, ExplainedNode} from '../../src/load/explain-answer.ts'
import {tableLines, type Cell} from './table.ts'

const decidedBy: Readonly<Record<ExplainAnswer['by'], string>> = {
  hint: 'by the hint in its comment',
  parser: "by PostgreSQL's own parser",
  words: 'by its words',
  learned: 'since a standby refused it before',
}

const columns = [
  {name: 'NODE'},
  {name: 'ROLE'},
  {name: 'TL', align: 'right'},
  {name: 'BEHIND', align: 'right'},
  {name: 'LATENCY', align: 'right'},
  {name: 'CONNECTIONS', align: 'right'},
  {name: 'EJECTED'},
  {name: 'CHOSEN', align: 'right'},
  {name: 'SERVES'},
] as const

/** Ends in a newline. */
export function explainScreen(answer: ExplainAnswer, theme: Theme): string {
  const {kind, reason, by, consistency, afterToken, node, role, times} = answer
  const lines = [
    `kind      ${theme.strong(kind)}: ${printable(reason)}, ${decidedBy[by]}`,
    `goes to   ${theme.strong(printable(node))}, ` +
      `${role === 'primary' ? 'the primary' : 'a standby'}${times > 1 ? `, the first of ${times} times` : ''}`,
    `must see  ${mustSee(consistency, afterToken)}`,
    ...tableLines(
      columns,
      answer.nodes.map(each => cells(each, times, theme)),
      theme.dim,
    ),
    ...answer.notes.flatMap(note =>
      wrap(printable(note), noteWidth).map(
        (line, index) => `${index === 0 ? theme.hint('note:') : ' '.repeat(displayWidth('note:'))} ${line}`,
      ),
    ),
    theme.dim('The statement was not run.'),
  ]
  return `${lines.join('\n')}\n`
}

const noteWidth = 100

function mustSee(consistency: ExplainAnswer['consistency'], afterToken: string | null): string {
  if (consistency === 'eventual') return 'nothing in particular (eventual)'
  if (consistency === 'strict') return 'all that is committed (strict)'
  return afterToken === null
    ? 'what its session wrote (session; no token given, so nothing yet)'
    : `what the session of ${printable(afterToken)} saw and wrote (session)`
}

function cells(
  {node, role, timeline, lagBytes, lagMs, latencyMs, connections, ejected, chosen, serves, why}: ExplainedNode,
  times: number,
  theme: Theme,
): readonly Cell[] {
  const paints: Readonly<Record<ExplainedNode['serves'], Paint>> = {yes: theme.ok, maybe: theme.hint, no: theme.dim}
  return [
    printable(node),
    role ?? 'not seen',
    timeline === null ? '-' : String(timeline),
    lagBytes === null || lagMs === null ? '-' : `${formatBytes(lagBytes)}, ${formatMs(lagMs)}`,
    latencyMs === null ? '-' : formatMs(latencyMs),
    connections === null ? '-' : `${connections.total} (${connections.idle} idle)`,
    ejected ? 'yes' : 'no',
    times > 1 ? `${chosen} of ${times}` : chosen > 0 ? 'yes' : 'no',
    {text: `${serves}: ${why}`, paint: paints[serves]},
  ]
}
