// What a line of events.ndjson holds. PURE. Invariant: a kind that this version knows has all of its fields; one that
// it does not know passes with its time: later versions only add. Not here: what events mean (src/measure).
import type {RunEventKind} from '../../model/run-event.ts'
import {recoveryPhaseNames} from '../../model/recovery-record.ts'
import {amount, count, list, nullable, object, oneOf, optional, tagged, text, time, type Shape} from './shape.ts'

const role = oneOf('primary', 'sync standby', 'standby', 'unknown')
const owner = nullable(text)
const timeline = nullable(count)

const kinds: Readonly<Record<RunEventKind, Readonly<Record<string, Shape>>>> = {
  'run.started': {
    run: text,
    scenario: text,
    seed: amount,
    trial: count,
    trials: count,
    steps: list(text),
    startedAt: text,
  },
  'step.started': {step: amount, label: text, withinMs: amount},
  'step.done': {step: amount, label: text, detail: text},
  'step.failed': {step: amount, label: text, code: text, message: text},
  'fault.commanded': {fault: text, describe: text, targets: list(text)},
  'fault.verified': {fault: text, sinceMs: time, evidence: text},
  'disaster.commanded': {describe: text, targets: list(text)},
  'disaster.done': {atLsn: nullable(text)},
  'recovery.phase': {phase: oneOf(...recoveryPhaseNames), fromMs: time},
  'heal.commanded': {fault: text},
  'heal.verified': {fault: text, evidence: text},
  'lease.changed': {from: owner, to: owner},
  'role.changed': {node: text, from: role, to: role, timeline},
  'node.writable': {node: text, timeline},
  'node.unwritable': {node: text, reason: text},
  'router.primary': {node: owner},
  'move.step': {from: text, to: text, effect: text},
  'move.cutover': {from: text, to: text, pausedMs: amount, outcome: oneOf('switched', 'taken-back')},
  'cluster.observed': {
    leaseOwner: owner,
    leaseExpiresInMs: nullable(amount),
    members: list(object({name: text, role, lagBytes: nullable(amount)})),
  },
  'load.window': {fromMs: time, ok: count, failed: count, unknown: count, readsOk: count, p99Ms: nullable(amount)},
  'host.sampled': {
    cpuBusyPct: amount,
    stealPct: nullable(amount),
    pressurePct: nullable(amount),
    memoryAvailableMb: amount,
  },
  'cluster.healthy': {timeline, cluster: optional(text)},
  'warning': {code: text, detail: text, next: text},
  'run.interrupted': {signal: text},
  'run.done': {verdict: oneOf('pass', 'fail', 'unknown')},
}

export const eventShape: Shape = tagged(
  'kind',
  Object.fromEntries(Object.entries(kinds).map(([kind, fields]) => [kind, object({...fields, atMs: time})])),
  object({atMs: time}),
)
