// One screen about a lab: nodes, lease, etcd, settings, faults, and why it is not healthy if it is not; of several
// shards each of it, and once what they share. PURE.
import {hint, hintText} from '../../src/model/command-hint.ts'
import {
  soleCluster,
  type ClusterSettings,
  type ClusterState,
  type MemberState,
  type Role,
} from '../../src/model/topology.ts'
import type {ClusterStatus} from '../../src/faults/cluster-status.ts'
import type {Condition} from '../../src/lab/observe/lab-conditions.ts'
import type {MonitoringPlace} from '../../src/lab/lifecycle/monitoring-services.ts'
import {formatMs} from '../../src/model/time.ts'
import {printable} from '../../src/report/printable.ts'
import {formatBytes} from '../../src/model/quantity.ts'
import type {Paint, Theme} from '../../src/report/theme.ts'
import {problemsOf} from '../status-answer.ts'
import {monitoringText} from './monitoring-text.ts'
import {tableLines, type Cell} from './table.ts'

export interface StatusExtra {
  readonly theme: Theme
  readonly profile: string
  /** Published port of each member; `-` where it has none. */
  readonly ports: Readonly<Record<string, number>>
  /** Faults in place now, one short text each. */
  readonly faults: readonly string[]
  /** What is wrong with the lab beside its clusters; absent: nothing. */
  readonly conditions?: readonly Condition[]
  /** Absent or null: it has none. */
  readonly monitoring?: MonitoringPlace | null
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
  const {theme, conditions = []} = extra
  const problems = problemsOf({state, settings})
  const lines = [
    `${theme.strong(printable(state.lab))}  ${printable(extra.profile)}  ` +
      `${healthText([...problems, ...conditions], extra.faults, theme)}  ${timelineText(state)}`,
    ...memberLines(state, extra),
    `lease     ${leaseText(state)}`,
    `etcd      ${dcsText(state)}`,
    `sync      ${syncText(state, settings)}`,
    `settings  ${settingsText(settings)}`,
    `faults    ${faultsText(extra.faults, theme)}`,
    ...monitoringLines(extra),
    ...problemLines(problems, theme),
    ...conditionLines(state, extra),
    ...healLines(state, extra),
  ]
  return `${lines.join('\n')}\n`
}

/** The clusters of a lab that were looked at: its only one, or shards. */
export function labScreen(seen: readonly ClusterStatus[], extra: Omit<StatusExtra, 'faults'>): string {
  const [first] = seen
  return first?.name === soleCluster
    ? statusScreen(first.state, first.settings, {...extra, faults: first.faults})
    : shardsScreen(seen, extra)
}

/** The shards of a lab; etcd is theirs together and is told once. Ends in a newline; a lab without a node is empty. */
function shardsScreen(shards: readonly ClusterStatus[], extra: Omit<StatusExtra, 'faults'>): string {
  const {theme, profile, conditions = []} = extra
  const [first] = shards
  if (first === undefined) return ''
  const all = shards.map(problemsOf)
  const inPlace = shards.flatMap(({faults}) => faults)
  return [
    `${theme.strong(printable(first.state.lab))}  ${printable(profile)}  ` +
      healthText([...all.flat(), ...conditions], inPlace, theme),
    `etcd      ${dcsText(first.state)}`,
    ...monitoringLines(extra),
    ...conditionLines(first.state, extra),
    ...shards.flatMap(({name, state, settings, faults}, index) => {
      const problems = all[index] ?? []
      return [
        '',
        `${theme.strong(printable(name))}  ${healthText(problems, faults, theme)}  ${timelineText(state)}`,
        ...memberLines(state, extra),
        `lease     ${leaseText(state)}`,
        `sync      ${syncText(state, settings)}`,
        `settings  ${settingsText(settings)}`,
        `faults    ${faultsText(faults, theme)}`,
        ...problemLines(problems, theme),
        ...healLines(state, {...extra, faults, shard: name}),
      ]
    }),
    '',
  ].join('\n')
}

const monitoringLines = ({monitoring}: Pick<StatusExtra, 'monitoring'>): readonly string[] =>
  monitoring === null || monitoring === undefined ? [] : [`alerts    ${monitoringText(monitoring)}`]

/** A cluster that bears a fault well is not healthy: what comes next finds it weakened. */
function healthText(problems: readonly unknown[], faults: readonly string[], theme: Theme): string {
  if (problems.length > 0) return theme.fail('not healthy')
  return faults.length > 0 ? theme.warn('a fault is in place') : theme.ok('healthy')
}

const timelineText = ({timeline}: ClusterState): string =>
  timeline === null ? 'timeline unknown' : `timeline ${timeline}`

const memberLines = ({members}: ClusterState, extra: Omit<StatusExtra, 'faults'>): readonly string[] =>
  tableLines(
    columns,
    members.map(member => memberCells(member, extra)),
    extra.theme.dim,
  )

const problemLines = (problems: readonly string[], theme: Theme): readonly string[] =>
  problems.map(problem => `${theme.fail('problem:')} ${printable(problem)}`)

function conditionLines(
  {lab}: ClusterState,
  {theme, conditions = []}: Pick<StatusExtra, 'theme' | 'conditions'>,
): readonly string[] {
  return conditions.flatMap(({text, fix}) => [
    `${theme.fail('problem:')} ${printable(text)}`,
    ...fix.map(step => `  ${theme.hint('fix:')} ${printable(hintText(step, lab))}`),
  ])
}

/** While a restore is not over nothing is healed: its own commands are named. */
function healLines(
  {lab}: ClusterState,
  {
    theme,
    faults,
    conditions = [],
    shard = null,
  }: Pick<StatusExtra, 'theme' | 'faults' | 'conditions'> & {readonly shard?: string | null},
): readonly string[] {
  if (faults.length === 0 || conditions.some(({blocks}) => blocks === true)) return []
  return [`${theme.hint('hint:')} ${hintText(hint('faults heal', {flags: {all: true}}), lab, shard)}`]
}

function syncText({syncStandbys}: ClusterState, settings: ClusterSettings | null): string {
  const who = syncStandbys.length === 0 ? 'no standby registered' : syncStandbys.map(printable).join(', ')
  return `${settings?.synchronousMode ?? 'not known'}, ${who}`
}

function settingsText(settings: ClusterSettings | null): string {
  if (settings === null) return 'not known: no Patroni answers'
  const {ttlS, loopWaitS, retryTimeoutS, failsafeMode} = settings
  return (
    `ttl ${ttlS} s, loop_wait ${loopWaitS} s, retry_timeout ${retryTimeoutS} s, failsafe_mode ` +
    (failsafeMode ? 'on' : 'off')
  )
}

const faultsText = (faults: readonly string[], theme: Theme): string =>
  faults.length === 0 ? 'none' : theme.warn(faults.map(printable).join('; '))

function memberCells(member: MemberState, {theme, ports}: Pick<StatusExtra, 'theme' | 'ports'>): readonly Cell[] {
  const isStandby = member.role === 'standby' || member.role === 'sync standby'
  const bytes = (value: number | null): string => (value === null ? (isStandby ? 'unknown' : '-') : formatBytes(value))
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
  return (
    `${dcs.filter(member => member.healthy).length} of ${dcs.length}, ` +
    (leader === undefined ? 'no leader' : `leader ${printable(leader.name)}`)
  )
}
