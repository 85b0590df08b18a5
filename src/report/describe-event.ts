// One event as words: a subject, how it went, and its facts. The line view and the page's list of events say the same.
// Invariant: every kind has words (the compiler checks). Not here: padding, colour, throttling (cli/view/line-view.ts).
import type {RunEvent, RunEventKind} from '../model/run-event.ts'
import {formatMs} from '../model/time.ts'
import {formatBytes} from '../model/quantity.ts'

export type Status = 'start' | 'ok' | 'fail' | 'warn' | 'unknown' | 'note'
export type Fact = readonly [name: string, value: string]

export interface EventWords {
  /** One word: run, step, inject, heal, lease, role … */
  readonly subject: string
  readonly status: Status
  readonly facts: readonly Fact[]
}

type EventOfKind = {readonly [Kind in RunEventKind]: Extract<RunEvent, {kind: Kind}>}

/** What the event says. */
export function describeEvent(event: RunEvent): EventWords {
  return wordsOfKind(event.kind, event)
}

function wordsOfKind<Kind extends RunEventKind>(kind: Kind, event: EventOfKind[Kind]): EventWords {
  return wordsByKind[kind](event)
}

/** The standbys with their lag, `pg2 +0 B, pg3 +96 kB`: who could be elected. */
export function candidatesText(members: EventOfKind['cluster.observed']['members']): string {
  const standbys = members.filter(member => member.role === 'sync standby' || member.role === 'standby')
  return standbys.length === 0
    ? 'none'
    : standbys.map(member => `${member.name} ${lagText(member.lagBytes)}`).join(', ')
}

function lagText(lagBytes: number | null): string {
  return lagBytes === null ? 'lag unknown' : `+${formatBytes(lagBytes)}`
}

function said(subject: string, status: Status, ...facts: readonly (Fact | null)[]): EventWords {
  return {subject, status, facts: facts.filter(fact => fact !== null)}
}

/** A fact that an event may lack. */
function maybe(name: string, value: string | number | null | undefined): Fact | null {
  return value === null || value === undefined || value === '' ? null : [name, String(value)]
}

const wordsByKind: {readonly [Kind in RunEventKind]: (event: EventOfKind[Kind]) => EventWords} = {
  'run.started': ({run, scenario, trial, trials, seed, steps}) =>
    said(
      'run',
      'start',
      ['run', run],
      ['scenario', scenario],
      maybe('trial', trials > 1 ? `${trial}/${trials}` : null),
      ['seed', String(seed)],
      ['steps', String(steps.length)],
    ),
  'run.interrupted': ({signal}) =>
    said('run', 'warn', ['signal', signal], ['next', 'healing the faults, then stopping']),
  'run.done': ({verdict}) => said('run', verdict === 'pass' ? 'ok' : verdict, ['verdict', verdict]),
  'step.started': ({label, withinMs}) => said('step', 'start', ['step', label], ['within', formatMs(withinMs)]),
  'step.done': ({label, detail}) => said('step', 'ok', ['step', label], ['detail', detail]),
  'step.failed': ({label, code, message}) => said('step', 'fail', ['step', label], ['code', code], ['reason', message]),
  'fault.commanded': ({fault, targets, describe}) =>
    said('inject', 'start', ['fault', fault], ['node', targets.join(',')], ['how', describe]),
  'fault.verified': ({fault, evidence}) => said('inject', 'ok', ['fault', fault], ['seen', evidence]),
  'heal.commanded': ({fault}) => said('heal', 'start', ['fault', fault]),
  'heal.verified': ({fault, evidence}) => said('heal', 'ok', ['fault', fault], ['seen', evidence]),
  'disaster.commanded': ({targets, describe}) =>
    said('disaster', 'start', maybe('node', targets.join(',')), ['how', describe]),
  'disaster.done': ({atLsn}) => said('disaster', 'ok', maybe('wal', atLsn)),
  'recovery.phase': ({phase, fromMs, atMs}) =>
    said('recovery', 'ok', ['phase', phase], ['took', formatMs(atMs - fromMs)]),
  'lease.changed': ({from, to}) => said('lease', 'note', ['from', from ?? 'nobody'], ['to', to ?? 'nobody']),
  'role.changed': ({node, from, to, timeline}) =>
    said('role', 'note', ['node', node], ['from', from], ['to', to], maybe('timeline', timeline)),
  'node.writable': ({node, timeline}) => said('writable', 'note', ['node', node], maybe('timeline', timeline)),
  'node.unwritable': ({node, reason}) => said('unwritable', 'note', ['node', node], ['reason', reason]),
  'move.step': ({from, to, effect}) => said('move', 'note', ['from', from], ['to', to], ['next', effect]),
  'move.cutover': ({from, to, pausedMs, outcome}) =>
    said(
      'move',
      outcome === 'switched' ? 'ok' : 'warn',
      ['from', from],
      ['to', to],
      [outcome, `writes waited ${formatMs(pausedMs)}`],
    ),
  'router.primary': ({node}) => said('router', 'note', ['writes', node ?? 'nowhere']),
  'cluster.observed': ({leaseOwner, leaseExpiresInMs, members}) =>
    said(
      'cluster',
      'note',
      ['lease', leaseOwner ?? 'nobody'],
      maybe('expires', leaseExpiresInMs === null ? null : formatMs(leaseExpiresInMs)),
      ['candidates', candidatesText(members)],
    ),
  'load.window': ({ok, failed, unknown, readsOk}) =>
    said(
      'load',
      'note',
      ['ok', String(ok)],
      ['failed', String(failed)],
      ['unknown', String(unknown)],
      ['reads', String(readsOk)],
    ),
  'host.sampled': ({cpuBusyPct, memoryAvailableMb}) =>
    said('host', 'note', ['busy', `${cpuBusyPct.toFixed(0)}%`], ['memory', `${memoryAvailableMb.toFixed(0)} MB free`]),
  'cluster.healthy': ({cluster, timeline}) =>
    said('healthy', 'ok', maybe('cluster', cluster), maybe('timeline', timeline)),
  'warning': ({code, detail, next}) => said('warning', 'warn', ['code', code], ['detail', detail], ['next', next]),
}
