// Where an outage went: before the fault, shut down or held by it, detect, elect, promote, reroute, and what no event
// explains.
// Invariant: the parts are whole milliseconds, none is negative, and they add up to the outage exactly. Not here: which
// outage it is (outages.ts).
import {deadlineCode} from '../model/history.ts'
import type {RtoPart, RtoPartName} from '../model/rto.ts'
import type {RunEvent} from '../model/run-event.ts'
import type {Role} from '../model/topology.ts'
import {eventsOf} from './events-of.ts'
import type {FaultBehind} from './fault-behind.ts'

export interface PartsInput {
  readonly fromMs: number
  readonly toMs: number
  /** When the fault that led to this outage was seen. */
  readonly faultMs: number | null
  /** That fault; null: there was none, or nobody saw it. */
  readonly fault: FaultBehind | null
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

type BoundaryName = 'before-fault' | 'shutdown' | 'detect' | 'held' | 'elect' | 'promote'
const boundaryNames: readonly BoundaryName[] = ['before-fault', 'shutdown', 'detect', 'held', 'elect', 'promote']

/** null: it was not seen; absent: there was no such moment. */
type Boundaries = Readonly<Partial<Record<BoundaryName, number | null>>>

/**
 * The parts of one outage. Each part ends at its boundary: the fault was seen (of a clean stop: it was told to, and the
 * shutdown then had its effect); the lease was lost or a fence acted; the fault that alone held everybody up was seen
 * healed; the lease has a new owner; the node that serves afterwards accepts writes; the client's first ok write.
 * Boundaries are clamped into the outage and into their order. A part has its name only when both of its ends were
 * seen; a stretch between two known boundaries with an unknown one in it is `unattributed`:
 *
 * - container killed or paused: all boundaries are seen (the dead node's silence is no fence, it is the fault).
 * - The same, and healed before anybody took over; or the DCS had no quorum until it was healed: nothing but the heal
 *   could end it, so that time is `held`. What comes then is a promotion where the DCS was gone, a restart where
 *   PostgreSQL was, and nothing where it was frozen.
 * - PostgreSQL restarted in place, or clients cut off: no lease changes hands. Where the primary was seen without an
 *   answer meanwhile, fault -> writable is its restart, else unattributed; then reroute.
 * - A standby is gone that commits wait for: the primary hangs and nothing else, `sync-wait` until it takes writes.
 * - Patroni killed, PostgreSQL alive: a client that stays with the old primary until the new one is there finds lease
 *   and promotion before its outage; they are clamped to 0 and the outage is reroute. One that leaves it earlier (the
 *   router, when Patroni's word has grown too old) waits for the lease: detect.
 * - primary cut off, or no DCS quorum: the old primary's own demotion is the fence and ends detect; when the same owner
 *   comes back without a change of the lease, fence -> writable is its restart too.
 * - switchover: the fault is the start of the step, the fence is the clean demotion.
 */
export function rtoParts(input: PartsInput): readonly RtoPart[] {
  const seen = boundariesOf(input)
  const withoutLease = partWithoutLease(input, seen)
  const startMs = Math.round(input.fromMs)
  const endMs = Math.round(input.toMs)
  const parts: RtoPart[] = []
  let cursorMs = startMs
  let startKnown = true
  let unattributedMs = 0
  const close = (name: RtoPartName, atMs: number): void => {
    const boundedMs = Math.min(endMs, Math.max(cursorMs, Math.round(atMs)))
    const isElected = typeof seen.elect === 'number'
    const called = name === 'promote' && !isElected ? withoutLease : startKnown ? name : null
    if (called === null) unattributedMs += boundedMs - cursorMs
    else parts.push({name: called, ms: boundedMs - cursorMs})
    cursorMs = boundedMs
    startKnown = true
  }
  for (const [name, atMs] of inOrder(input, seen)) {
    if (atMs === null) startKnown = false
    else close(name, atMs)
  }
  close('reroute', endMs)
  return unattributedMs > 0 ? [...parts, {name: 'unattributed', ms: unattributedMs}] : parts
}

/** A boundary never lies behind a later one: what was seen late is moved to the next boundary that is known. */
function inOrder(input: PartsInput, seen: Boundaries): readonly (readonly [BoundaryName, number | null])[] {
  const ordered: [BoundaryName, number | null][] = []
  let ceilingMs = input.toMs
  for (const name of boundaryNames.toReversed()) {
    const atMs = seen[name]
    if (atMs === undefined) continue
    if (atMs !== null) ceilingMs = Math.min(ceilingMs, atMs)
    ordered.unshift([name, atMs === null ? null : ceilingMs])
  }
  return ordered
}

function boundariesOf(input: PartsInput): Boundaries {
  const {faultMs, fault} = input
  const startMs = Math.min(input.fromMs, faultMs ?? input.fromMs)
  const window = input.events.filter(event => event.atMs >= startMs && event.atMs <= input.toMs + seenLateMs)
  const lostMs = leaseLostOrFencedMs(input, window)
  const begin: Boundaries =
    fault?.kind === 'stop-container' && input.servedBefore !== null && fault.targets.has(input.servedBefore)
      ? {'before-fault': fault.commandedMs, 'shutdown': faultMs}
      : {'before-fault': faultMs}
  const writableMs = writableAgainMs(input, window)
  const heldMs = heldUntilMs(input)
  if (heldMs === null) {
    const electedMs = lostMs === null ? null : newOwnerMs(input, window, lostMs)
    return {...begin, detect: lostMs, elect: electedMs, promote: writableMs}
  }
  const electedMs = newOwnerMs(input, window, heldMs)
  return {
    ...begin,
    ...(lostMs === null || lostMs > heldMs ? {} : {detect: lostMs}),
    held: heldMs,
    ...(electedMs === null ? {} : {elect: electedMs}),
    ...(electedMs === null && fault?.kind === 'pause-container' && !fault.takesQuorum ? {} : {promote: writableMs}),
  }
}

/** Until when nothing but the fault kept writes away; null: others could take over, or it was not healed meanwhile. */
function heldUntilMs({fault, servedBefore, servedAfter, fromMs, toMs}: PartsInput): number | null {
  if (fault === null || fault.healedMs === null || fault.healedMs < fromMs || fault.healedMs > toMs + seenLateMs)
    return null
  const has = (node: string | null): boolean => node !== null && fault.targets.has(node)
  const holdsServer = holding.includes(fault.kind) && has(servedBefore) && has(servedAfter)
  return fault.takesQuorum || holdsServer ? fault.healedMs : null
}

const holding: readonly FaultBehind['kind'][] = ['pause-container', 'kill-container', 'stop-container', 'partition']

/** What the time is called until the node accepts writes, where no lease changed hands; null: nobody can tell. */
function partWithoutLease(input: PartsInput, seen: Boundaries): RtoPartName | null {
  if (seen.held !== undefined) return input.fault?.takesQuorum === true ? 'promote' : 'restart'
  if (seen.elect === undefined || seen['before-fault'] === null) return null
  if (wasWithoutAnswer(input)) return 'restart'
  return waitedForStandby(input, seen) ? 'sync-wait' : null
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

/** Of the node that served before and after: nobody else did. */
function ofTheServer({servedBefore, servedAfter, fromMs, toMs, events}: PartsInput): readonly RunEvent[] {
  if (servedBefore === null || servedBefore !== servedAfter) return []
  return events.filter(
    event => event.atMs >= fromMs && event.atMs <= toMs + seenLateMs && 'node' in event && event.node === servedBefore,
  )
}

/** It was seen to give no answer in between: a hang is one that has not come yet. */
function wasWithoutAnswer(input: PartsInput): boolean {
  return ofTheServer(input).some(
    event =>
      (event.kind === 'node.unwritable' && !isHang(event.reason)) ||
      (event.kind === 'role.changed' && event.to === 'unknown'),
  )
}

/** Its commits hung and it stayed what it was, while the fault was about others. */
function waitedForStandby(input: PartsInput, seen: Boundaries): boolean {
  const {fault, servedBefore} = input
  if (fault === null || servedBefore === null || fault.targets.has(servedBefore) || seen.detect !== null) return false
  const mine = ofTheServer(input)
  return (
    mine.some(event => event.kind === 'node.unwritable' && isHang(event.reason)) &&
    !mine.some(event => event.kind === 'role.changed')
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
