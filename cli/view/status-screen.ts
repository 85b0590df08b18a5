// One screen about a lab: nodes, lease, etcd, settings, faults, and why it is not healthy if it is not. PURE.
import {hint, hintText} from '../../src/model/command-hint.ts'
import {
  defaultSettings,
  healthProblems,
  type ClusterSettings,
  type ClusterState,
  type MemberState,
  type Role,
} from '../../src/model/topology.ts'
import {formatMs} from '../../src/model/time.ts'
import {printable} from '../../src/report/printable.ts'
import {formatBytes} from '../../src/report/quantity.ts'
import type {Paint, Theme} from '../../src/report/theme.ts'
import {tableLines, type Cell} from './table.ts'

export interface StatusExtra {
  readonly theme: Theme
  readonly profile: string
  /** Published port of each member; `-` where it has none. */
  readonly ports: Readonly<Record<string, number>>
  /** Faults in place now, one short text each. */
  readonly faults: readonly string[]
}

const columns = [
  {name: 'NODE'},
  {name: 'ROLE'},
  {name: 'STATE'},
  {name: 'TL', align: 'right'},
  {name: 'BEHIND', align: 'right'},
  {name: 'TO REPLAY', align: 'right'},
  {name: 'PORT', align: 'right'},
] as const

/** `settings` null: no Patroni told them. Ends in a newline. */
export function statusScreen(state: ClusterState, settings: ClusterSettings | null, extra: StatusExtra): string {
  const {theme} = extra
  const problems = healthProblems(state, settings ?? defaultSettings)
  const health = problems.length === 0 ? theme.ok('healthy') : theme.fail('not healthy')
  const timeline = state.timeline === null ? 'timeline unknown' : `timeline ${state.timeline}`
  const lines = [
    `${theme.strong(printable(state.lab))}  ${printable(extra.profile)}  ${health}  ${timeline}`,
    ...tableLines(
      columns,
      state.members.map(member => memberCells(member, extra)),
      theme.dim,
    ),
    `lease     ${leaseText(state)}`,
    `etcd      ${dcsText(state)}`,
    `sync      ${settings?.synchronousMode ?? 'not known'}${state.syncStandbys.length === 0 ? ', no standby registered' : `, ${state.syncStandbys.map(printable).join(', ')}`}`,
    `settings  ${settings === null ? 'not known: no Patroni answers' : `ttl ${settings.ttlS} s, loop_wait ${settings.loopWaitS} s, retry_timeout ${settings.retryTimeoutS} s, failsafe_mode ${settings.failsafeMode ? 'on' : 'off'}`}`,
    `faults    ${extra.faults.length === 0 ? 'none' : theme.warn(extra.faults.map(printable).join('; '))}`,
    ...problems.map(problem => `${theme.fail('problem:')} ${printable(problem)}`),
    ...(problems.length > 0 && extra.faults.length > 0
      ? [`${theme.hint('hint:')} ${hintText(hint('faults heal', {flags: {all: true}}), state.lab)}`]
      : []),
  ]
  return `${lines.join('\n')}\n`
}

function memberCells(member: MemberState, {theme, ports}: StatusExtra): readonly Cell[] {
  const bytes = (value: number | null): string => (value === null ? '-' : formatBytes(value))
  const down = member.container === 'running' ? (member.state ?? 'no answer') : `container ${member.container}`
  const healthy = member.container === 'running' && (member.state === 'running' || member.state === 'streaming')
  return [
    member.name,
    {text: member.role, paint: rolePaint(theme, member.role)},
    {text: down, paint: healthy ? theme.ok : theme.fail},
    member.timeline === null ? '-' : String(member.timeline),
    bytes(member.lagBytes),
    bytes(member.replayLagBytes),
    String(ports[member.name] ?? '-'),
  ]
}

function rolePaint(theme: Theme, role: Role): Paint {
  return {'primary': theme.strong, 'sync standby': theme.hint, 'standby': theme.dim, 'unknown': theme.fail}[role]
}

function leaseText({lease, paused}: ClusterState): string {
  const left = lease.expiresInMs === null ? '' : `, ${formatMs(lease.expiresInMs)} left`
  return `${lease.owner === null ? 'nobody' : printable(lease.owner) + left}${paused ? '; Patroni is in maintenance mode' : ''}`
}

function dcsText({dcs}: ClusterState): string {
  const leader = dcs.find(member => member.leader)
  return `${dcs.filter(member => member.healthy).length} of ${dcs.length}, ${leader === undefined ? 'no leader' : `leader ${printable(leader.name)}`}`
}
