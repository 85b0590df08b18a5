// Where an outage went: before the fault, detect, elect, promote, reroute, and what no event explains.
// Invariant: the parts are whole milliseconds, none is negative, and they add up to the outage exactly. Not here: which
// outage it is (outages.ts).
import {deadlineCode} from '../model/history.ts'
import type {RtoPart, RtoPartName} from '../model/rto.ts'
import type {RunEvent} from '../model/run-event.ts'
import type {Role} from '../model/topology.ts'
import {eventsOf} from './events-of.ts'

export interface PartsInput {
  readonly fromMs: number
  readonly toMs: number
  /** When the fault that led to this outage was seen. */
  readonly faultMs: number | null
  /** Who served the last ok write before the outage and the first one after it. */
  readonly servedBefore: string | null
  readonly servedAfter: string | null
  /** Nodes whose silence is the fault itself (moments.ts). */
  readonly silenced: ReadonlySet<string>
  readonly events: readonly RunEvent[]
}

/**
 * An event that belongs to the outage may be seen this much after it: probes and lease polls are slower than the first
 * ok write.
 */
const seenLateMs = 1_000

type BoundaryName = 'before-fault' | 'detect' | 'elect' | 'promote'

/**
 * The parts of one outage. Each part ends at its boundary: the fault was seen; the lease was lost or a fence acted; the
 * lease has a new owner; the node that serves afterwards accepts writes; the client's first ok write. Boundaries are
 * clamped into the outage and into their order. A part has its name only when both of its ends were seen; a stretch
 * between two known boundaries with an unknown one in it is `unattributed`:
 *
 * - container killed or paused: all boundaries are seen (the dead node's silence is no fence, it is the fault).
 * - PostgreSQL restarted in place, or clients cut off: no lease changes hands. Where the primary was seen without an
 *   answer meanwhile, fault -> writable is its restart, else unattributed; then reroute.
 * - Patroni killed, PostgreSQL alive: a client that stays with the old primary until the new one is there finds lease
 *   and promotion before its outage; they are clamped to 0 and the outage is reroute. One that leaves it earlier (the
 *   router, when Patroni's word has grown too old) waits for the lease: detect.
 * - primary cut off, or no DCS quorum: the old primary's own demotion is the fence and ends detect; when the same owner
 *   comes back without a change of the lease, fence -> writable is its restart too.
 * - switchover: the fault is the start of the step, the fence is the clean demotion.
 */
export function rtoParts(input: PartsInput): readonly RtoPart[] {
  const seen = boundariesOf(input)
  const boundaries = inOrder(input, seen)
  const stayed = seen.elect === null && seen['before-fault'] !== null && wasWithoutAnswer(input)
  const startMs = Math.round(input.fromMs)
  const endMs = Math.round(input.toMs)
  const parts: RtoPart[] = []
  let cursorMs = startMs
  let startKnown = true
  let unattributedMs = 0
  const close = (name: RtoPartName, atMs: number): void => {
    const boundedMs = Math.min(endMs, Math.max(cursorMs, Math.round(atMs)))
    if (startKnown) parts.push({name, ms: boundedMs - cursorMs})
    else if (name === 'promote' && stayed) parts.push({name: 'restart', ms: boundedMs - cursorMs})
    else unattributedMs += boundedMs - cursorMs
    cursorMs = boundedMs
    startKnown = true
  }
  for (const [name, atMs] of boundaries) {
    if (atMs === null) startKnown = false
    else close(name, atMs)
  }
  close('reroute', endMs)
  return unattributedMs > 0 ? [...parts, {name: 'unattributed', ms: unattributedMs}] : parts
}

type Boundaries = Readonly<Record<BoundaryName, number | null>>

/** A boundary never lies behind a later one: what was seen late is moved to the next boundary that is known. */
function inOrder(input: PartsInput, seen: Boundaries): readonly (readonly [BoundaryName, number | null])[] {
  const ordered: [BoundaryName, number | null][] = []
  let ceilingMs = input.toMs
  for (const name of ['promote', 'elect', 'detect', 'before-fault'] as const) {
    const atMs = seen[name]
    if (atMs !== null) ceilingMs = Math.min(ceilingMs, atMs)
    ordered.unshift([name, atMs === null ? null : ceilingMs])
  }
  return ordered
}

function boundariesOf(input: PartsInput): Boundaries {
  const startMs = Math.min(input.fromMs, input.faultMs ?? input.fromMs)
  const window = input.events.filter(event => event.atMs >= startMs && event.atMs <= input.toMs + seenLateMs)
  const lostMs = leaseLostOrFencedMs(input, window)
  const writableMs = writableAgainMs(input, window)
  return {
    'before-fault': input.faultMs,
    'detect': lostMs,
    'elect': lostMs === null ? null : newOwnerMs(input, window, lostMs),
    'promote': writableMs,
  }
}

function leaseLostOrFencedMs({servedBefore, silenced}: PartsInput, window: readonly RunEvent[]): number | null {
  const isOld = (node: string): boolean => servedBefore === null || node === servedBefore
  // A demotion restarts PostgreSQL, so the node is mostly seen silent in between; a node that the fault silenced comes
  // back as a standby without having fenced anything.
  const demoted = (node: string, from: Role): boolean =>
    from === 'primary' ? isOld(node) : from === 'unknown' && node === servedBefore && !silenced.has(node)
  const event = window.find(candidate => {
    switch (candidate.kind) {
      case 'lease.changed':
        return candidate.from !== null && candidate.to !== candidate.from
      case 'role.changed':
        return (
          (candidate.to === 'standby' || candidate.to === 'sync standby') && demoted(candidate.node, candidate.from)
        )
      case 'node.unwritable':
        return isOld(candidate.node) && !silenced.has(candidate.node) && !isHang(candidate.reason)
      default:
        return false
    }
  })
  return event?.atMs ?? null
}

/** The node that served before and after was seen to give no answer in between. */
function wasWithoutAnswer({servedBefore, servedAfter, fromMs, toMs, events}: PartsInput): boolean {
  if (servedBefore === null || servedBefore !== servedAfter) return false
  return events.some(
    event =>
      event.atMs >= fromMs &&
      event.atMs <= toMs + seenLateMs &&
      (event.kind === 'node.unwritable' || (event.kind === 'role.changed' && event.to === 'unknown')) &&
      event.node === servedBefore,
  )
}

/** A commit that waits for a standby, or a frozen node: nobody has stopped it, so it is no fence. */
function isHang(reason: string): boolean {
  return reason.startsWith(deadlineCode)
}

/** The grant that put the later primary in office: the last one to it, else the last one to anybody. */
function newOwnerMs({servedAfter}: PartsInput, window: readonly RunEvent[], lostMs: number): number | null {
  const grants = eventsOf(window, 'lease.changed').filter(event => event.to !== null && event.atMs >= lostMs)
  return (grants.findLast(event => event.to === servedAfter) ?? grants.at(-1))?.atMs ?? null
}

/** Accepting writes is what counts; a role is only what a node says, and is taken where no pinned writer ran. */
function writableAgainMs({servedAfter, toMs}: PartsInput, window: readonly RunEvent[]): number | null {
  const isNew = (node: string): boolean => servedAfter === null || node === servedAfter
  const writable = eventsOf(window, 'node.writable').filter(event => isNew(event.node))
  const promoted = eventsOf(window, 'role.changed').filter(event => isNew(event.node) && event.to === 'primary')
  const seen = writable.length > 0 ? writable : promoted
  return (seen.findLast(event => event.atMs <= toMs) ?? seen[0])?.atMs ?? null
}
