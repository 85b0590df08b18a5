// Why a node would or would not serve a statement, in words. PURE. Not here: the reasons (the router's explain()).
import {formatMs} from '../model/time.ts'
import type {ExplainedNode, Token} from '../router/index.ts'

export interface ServingContext {
  /** What the reader must see; null: nothing in particular. */
  readonly token: Token | null
  /** Of the primary; null: there is none now. */
  readonly timeline: number | null
  readonly limits: {readonly lagBytesMax: number; readonly lagMsMax: number; readonly freshWaitMs: number}
  /** PURE: so many bytes in words. */
  readonly bytesText: (bytes: number) => string
}

/** Of a member of the lab that the router does not see. */
export const notSeenText = 'no fresh word of it: down, cut off, or neither primary nor standby now'

export function servingText(node: ExplainedNode, context: ServingContext): string {
  return node.role === 'primary' ? primaryText(node) : standbyText(node, context)
}

function primaryText({why, serves}: ExplainedNode): string {
  switch (why) {
    case 'not-a-read':
      return 'what is not surely a read goes to the primary'
    case 'strict':
      return 'strict: only the primary shows all that is committed'
    case 'primary-wanted':
      return 'reads are to go to the primary'
    case 'standby-first':
      return serves === 'no'
        ? 'a standby serves it; the primary only when none may'
        : 'when no standby shows the token in time'
    default:
      return 'no standby may serve it'
  }
}

function standbyText({why, timeline, lagBytes, lagMs}: ExplainedNode, context: ServingContext): string {
  const {lagBytesMax, lagMsMax, freshWaitMs} = context.limits
  switch (why) {
    case 'not-a-read':
      return 'a standby gets surely nothing but reads'
    case 'strict':
      return 'strict: it may be a moment behind'
    case 'primary-wanted':
      return 'reads are to go to the primary'
    case 'ejected':
      return 'left out for a while: it failed or hung'
    case 'lag-unknown':
      return 'how far it is behind is not known'
    case 'lag-bytes':
      return `${context.bytesText(lagBytes ?? 0)} behind, at most ${context.bytesText(lagBytesMax)} wanted`
    case 'lag-ms':
      return `${formatMs(lagMs ?? 0)} behind, at most ${formatMs(lagMsMax)} wanted`
    case 'slow':
      return 'others answer much faster'
    case 'ask-first':
      return `when it shows the token, or does within ${formatMs(freshWaitMs)} of being asked`
    case 'timeline-not-seen':
      return `the token is of timeline ${context.token?.timeline ?? 'unknown'}, and no primary of it was seen`
    case 'other-timeline':
      return `it is on timeline ${timeline ?? 'unknown'}, the primary on ${context.timeline ?? 'unknown'}`
    case 'behind':
      return 'it does not show the token yet, and another standby does'
    case 'position-unknown':
      return 'where it stands is not known'
    case 'no-primary-known':
      return 'no primary was seen yet, so nothing can be compared with the token'
    case 'unplaced-write':
      return 'it may lack a write whose position is not known yet'
    default:
      return 'close enough; the less busy of two drawn gets it'
  }
}
