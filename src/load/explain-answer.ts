// What the router said of a statement -> the answer of `hl router explain`. PURE. Invariant: the answer names a node,
// or it is an error: a statement that would wait has no place to show. Not here: asking the router
// (explain-on-lab.ts), how it is shown (cli/view/explain-screen.ts).
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import {parseToken} from '../router/index.ts'
import type {Consistency, Explanation, NodeFacts, ServingReason, Token} from '../router/index.ts'
import {notSeenText, servingText, type ServingContext} from './serving-text.ts'

export interface ExplainOptions {
  readonly statement: string
  readonly consistency: Consistency
  /** A session's text, as the application has it; null: no session. */
  readonly afterToken: string | null
  /** How often the router is asked: among equals it draws. */
  readonly times: number
}

export interface ExplainedNode extends Omit<NodeFacts, 'role' | 'connections'> {
  /** null: the router does not see it now. */
  readonly role: NodeFacts['role'] | null
  readonly connections: NodeFacts['connections'] | null
  /** Of all times that were asked. */
  readonly chosen: number
  readonly serves: ServingReason['serves']
  readonly why: string
}

export interface ExplainAnswer {
  readonly statement: string
  readonly kind: Explanation['plan']['kind']
  readonly reason: string
  readonly by: 'hint' | 'parser' | 'words' | 'learned'
  readonly consistency: Consistency
  readonly afterToken: string | null
  /** Where it would have gone the first time it was asked. */
  readonly node: string
  readonly role: NodeFacts['role']
  readonly times: number
  readonly nodes: readonly ExplainedNode[]
  /** What else must be known to read the answer. */
  readonly notes: readonly string[]
}

/** What the router said, as often as it was asked. */
export interface Explained {
  readonly lab: string
  readonly members: readonly string[]
  readonly options: ExplainOptions
  readonly token: Token | null
  readonly explained: readonly Explanation[]
  readonly notes: readonly string[]
  /** PURE: so many bytes in words. */
  readonly bytesText: ServingContext['bytesText']
}

/** USAGE for a statement that PostgreSQL does not understand; LAB_UNHEALTHY when no node would serve it now. */
export function answerOf({lab, members, options, token, explained, notes, bytesText}: Explained): ExplainAnswer {
  const [first] = explained
  const last = explained.at(-1)
  if (first === undefined || last === undefined)
    throw new HlError('BUG', 'nothing was explained', {next: ['report this with the command you ran']})
  const {kind, reason, by} = last.plan
  if (by === 'parser' && reason.startsWith(notUnderstood))
    throw new HlError('USAGE', `PostgreSQL does not understand the statement: ${reason.slice(notUnderstood.length)}`, {
      next: [
        'correct the statement',
        'a router sends what it does not understand to the primary, which answers with the same error',
      ],
    })
  if (first.node === null || first.role === null)
    throw new HlError(
      'LAB_UNHEALTHY',
      `lab ${lab} has no ${kind === 'read' ? 'node' : 'primary'} for it now: the statement would wait. Seen: ` +
        seenText(last.nodes),
      {next: [hint('status'), hint('faults heal', {flags: {all: true}}), hint('logs')]},
    )
  const timeline = last.nodes.find(({role}) => role === 'primary')?.timeline ?? null
  return {
    statement: options.statement,
    kind,
    reason,
    by: by === 'lexer' ? 'words' : by,
    consistency: options.consistency,
    afterToken: options.afterToken,
    node: first.node,
    role: first.role,
    times: explained.length,
    nodes: [...new Set([...members, ...last.nodes.map(({node}) => node)])].map(node => {
      const seen = last.nodes.find(facts => facts.node === node)
      return {
        ...unseen,
        ...seen,
        node,
        why: seen === undefined ? notSeenText : servingText(seen, {token, timeline, limits: last.limits, bytesText}),
        chosen: explained.filter(one => one.node === node).length,
      }
    }),
    notes: [...notes, ...planNotes(last)],
  }
}

/** A session's text, as `--after-token` gives it; USAGE for one that is none. */
export function tokenOf(text: string | null): Token | null {
  if (text === null) return null
  const token = parseToken(text)
  if (token === null)
    throw new HlError('USAGE', `--after-token ${text} is no token`, {
      next: ["the text of the application's session is one, like hl1.3.0-16B3748"],
    })
  return token
}

const notUnderstood = 'not understood: '
const unseen = {
  role: null,
  timeline: null,
  connections: null,
  inFlight: null,
  latencyMs: null,
  lagBytes: null,
  lagMs: null,
  ejected: false,
  serves: 'no',
} as const

function seenText(nodes: readonly NodeFacts[]): string {
  return nodes.length === 0 ? 'no node' : nodes.map(({node, role}) => `${node} ${role}`).join(', ')
}

/** What query() would do besides choosing a node. */
function planNotes({plan: {kind, by, readOnlyTransaction}, nodes}: Explanation): readonly string[] {
  const notes: string[] = []
  if (by === 'lexer')
    notes.push(
      'libpg-query is not installed, so the statement was read by its words; with it more statements count as reads',
    )
  if (kind === 'begin')
    notes.push(
      `query() of the router refuses it, since the transaction would be nobody's: transaction() or a client of ` +
        `connect() begins one${readOnlyTransaction ? ', and for this one a standby will do' : ''}`,
    )
  if (kind === 'commit' || kind === 'rollback' || kind === 'in-transaction')
    notes.push('on a client of connect() it goes where its transaction is')
  if (kind === 'session') notes.push('what it changes belongs to one connection: use it on a client of connect()')
  if (!nodes.some(({role}) => role === 'primary')) notes.push('there is no primary now: writes would wait')
  return notes
}
