// From a reply or a failure to the outcome of an operation. Invariant: never guessed upwards, and what may have been
// applied is never called failed. Source of the rules: docs/measuring.md, "Operations". Not here: SQLSTATEs
// (src/router/failures/classify-error.ts).
import {messageOf} from '../model/errors.ts'
import {deadlineCode} from '../model/history.ts'
import type {Op, Outcome} from '../model/history.ts'
import {AccessPathError} from './access-paths/access-path.ts'
import type {Reply} from './access-paths/access-path.ts'

/** Some errors say what every node last said; a history holds one for each operation of an outage. */
const messageMax = 300

/** The part of an operation that its end decides. */
export type Ending = Pick<Op, 'outcome' | 'node' | 'timeline' | 'error'>

/** The ending of an operation whose reply was read. `nodeAt` names the node that has a server address. */
export function endingOfReply(reply: Reply, nodeAt: (server: string) => string | undefined): Ending {
  const server = reply.row?.['server']
  const named = typeof server === 'string' ? nodeAt(server) : undefined
  return {
    outcome: reply.localOnly ? 'ok-local' : 'ok',
    node: named ?? reply.node,
    timeline: parseTimeline(reply.row?.['timeline']) ?? reply.timeline,
    error: null,
  }
}

/** The ending of an operation that failed. A read without a reply surely changed nothing, so it is never unknown. */
export function endingOfFailure(error: unknown, changes: boolean): Ending {
  const reach = error instanceof AccessPathError ? error.reach : 'unknown'
  const code = error instanceof AccessPathError ? error.code : null
  const message = messageOf(error)
  return {
    outcome: outcomeOf(reach === 'unknown', changes),
    node: null,
    timeline: null,
    error: {code, message: message.slice(0, messageMax)},
  }
}

/** The ending of an operation that was still under way at its deadline. */
export function endingOfDeadline(sent: boolean, changes: boolean): Ending {
  const message = sent ? 'no reply within the deadline' : 'not sent within the deadline'
  return {outcome: outcomeOf(sent, changes), node: null, timeline: null, error: {code: deadlineCode, message}}
}

/** The ending of an operation that was due and could not be issued. */
export function endingOfRefusal(code: 'QUEUE_FULL' | 'BUSY', message: string): Ending {
  return {outcome: 'failed', node: null, timeline: null, error: {code, message}}
}

function outcomeOf(mayBeApplied: boolean, changes: boolean): Outcome {
  return mayBeApplied && changes ? 'unknown' : 'failed'
}

/** A timeline from the first eight hexadecimal digits of a WAL file's name; null when it is none. */
export function parseTimeline(value: unknown): number | null {
  return typeof value === 'string' && /^[0-9A-Fa-f]{8}$/.test(value) ? Number.parseInt(value, 16) : null
}
