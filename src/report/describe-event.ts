// One event as words: a subject, how it went, and its facts. The line view and the page's list of events say the same.
// Invariant: every kind has words (the compiler checks). Not here: padding, colour, throttling (cli/view/line-view.ts).
import {unreachable} from '../model/errors.ts'
import type {RunEvent} from '../model/run-event.ts'
import {formatMs} from '../model/time.ts'
import {formatBytes} from './quantity.ts'

export type Status = 'start' | 'ok' | 'fail' | 'warn' | 'unknown' | 'note'
export type Fact = readonly [name: string, value: string]

export interface EventWords {
  /** One word: run, step, inject, heal, lease, role … */
  readonly subject: string
  readonly status: Status
  readonly facts: readonly Fact[]
}

function timelineFact(timeline: number | null): readonly Fact[] {
  return timeline === null ? [] : [['timeline', String(timeline)]]
}

function lagText(lagBytes: number | null): string {
  return lagBytes === null ? 'lag unknown' : `+${formatBytes(lagBytes)}`
}

type Observed = Extract<RunEvent, {kind: 'cluster.observed'}>

/** The standbys with their lag, `pg2 +0 B, pg3 +96 kB`: who could be elected. */
export function candidatesText(members: Observed['members']): string {
  const standbys = members.filter(member => member.role === 'sync standby' || member.role === 'standby')
  return standbys.length === 0
    ? 'none'
    : standbys.map(member => `${member.name} ${lagText(member.lagBytes)}`).join(', ')
}

/** What the event says. */
export function describeEvent(event: RunEvent): EventWords {
  switch (event.kind) {
    case 'run.started':
    case 'run.interrupted':
    case 'run.done':
      return runWords(event)
    case 'step.started':
      return {
        subject: 'step',
        status: 'start',
        facts: [
          ['step', event.label],
          ['within', formatMs(event.withinMs)],
        ],
      }
    case 'step.done':
      return {
        subject: 'step',
        status: 'ok',
        facts: [
          ['step', event.label],
          ['detail', event.detail],
        ],
      }
    case 'step.failed':
      return {
        subject: 'step',
        status: 'fail',
        facts: [
          ['step', event.label],
          ['code', event.code],
          ['reason', event.message],
        ],
      }
    case 'fault.commanded':
      return {
        subject: 'inject',
        status: 'start',
        facts: [
          ['fault', event.fault],
          ['node', event.targets.join(',')],
          ['how', event.describe],
        ],
      }
    case 'fault.verified':
      return {
        subject: 'inject',
        status: 'ok',
        facts: [
          ['fault', event.fault],
          ['seen', event.evidence],
        ],
      }
    case 'heal.commanded':
      return {subject: 'heal', status: 'start', facts: [['fault', event.fault]]}
    case 'heal.verified':
      return {
        subject: 'heal',
        status: 'ok',
        facts: [
          ['fault', event.fault],
          ['seen', event.evidence],
        ],
      }
    case 'warning':
      return {
        subject: 'warning',
        status: 'warn',
        facts: [
          ['code', event.code],
          ['detail', event.detail],
          ['next', event.next],
        ],
      }
    default:
      return clusterWords(event)
  }
}

function runWords(event: Extract<RunEvent, {kind: 'run.started' | 'run.interrupted' | 'run.done'}>): EventWords {
  switch (event.kind) {
    case 'run.started': {
      const trial: readonly Fact[] = event.trials > 1 ? [['trial', `${event.trial}/${event.trials}`]] : []
      return {
        subject: 'run',
        status: 'start',
        facts: [
          ['run', event.run],
          ['scenario', event.scenario],
          ...trial,
          ['seed', String(event.seed)],
          ['steps', String(event.steps.length)],
        ],
      }
    }
    case 'run.interrupted':
      return {
        subject: 'run',
        status: 'warn',
        facts: [
          ['signal', event.signal],
          ['next', 'healing the faults, then stopping'],
        ],
      }
    case 'run.done':
      return {
        subject: 'run',
        status: event.verdict === 'pass' ? 'ok' : event.verdict,
        facts: [['verdict', event.verdict]],
      }
    default:
      return unreachable(event)
  }
}

type ClusterEvent = Extract<
  RunEvent,
  {
    kind:
      | 'lease.changed'
      | 'role.changed'
      | 'node.writable'
      | 'node.unwritable'
      | 'router.primary'
      | 'cluster.observed'
      | 'load.window'
      | 'host.sampled'
      | 'cluster.healthy'
  }
>

function clusterWords(event: ClusterEvent): EventWords {
  switch (event.kind) {
    case 'lease.changed':
      return {
        subject: 'lease',
        status: 'note',
        facts: [
          ['from', event.from ?? 'nobody'],
          ['to', event.to ?? 'nobody'],
        ],
      }
    case 'role.changed':
      return {
        subject: 'role',
        status: 'note',
        facts: [['node', event.node], ['from', event.from], ['to', event.to], ...timelineFact(event.timeline)],
      }
    case 'node.writable':
      return {subject: 'writable', status: 'note', facts: [['node', event.node], ...timelineFact(event.timeline)]}
    case 'node.unwritable':
      return {
        subject: 'unwritable',
        status: 'note',
        facts: [
          ['node', event.node],
          ['reason', event.reason],
        ],
      }
    case 'router.primary':
      return {subject: 'router', status: 'note', facts: [['writes', event.node ?? 'nowhere']]}
    case 'cluster.observed':
      return {
        subject: 'cluster',
        status: 'note',
        facts: [
          ['lease', event.leaseOwner ?? 'nobody'],
          ...expiry(event.leaseExpiresInMs),
          ['candidates', candidatesText(event.members)],
        ],
      }
    case 'load.window':
      return {
        subject: 'load',
        status: 'note',
        facts: [
          ['ok', String(event.ok)],
          ['failed', String(event.failed)],
          ['unknown', String(event.unknown)],
          ['reads', String(event.readsOk)],
        ],
      }
    case 'host.sampled':
      return {
        subject: 'host',
        status: 'note',
        facts: [
          ['busy', `${event.cpuBusyPct.toFixed(0)}%`],
          ['memory', `${event.memoryAvailableMb.toFixed(0)} MB free`],
        ],
      }
    case 'cluster.healthy':
      return {subject: 'healthy', status: 'ok', facts: timelineFact(event.timeline)}
    default:
      return unreachable(event)
  }
}

function expiry(expiresInMs: number | null): readonly Fact[] {
  return expiresInMs === null ? [] : [['expires', formatMs(expiresInMs)]]
}
