// What changed from one look at a lab to the next, for `hl status --watch`. PURE.
import type {ClusterStatus} from '../../src/faults/cluster-status.ts'
import type {MemberState} from '../../src/model/topology.ts'
import {problemsOf, type Seen} from '../status-answer.ts'

/** Lines that are kept on the screen. */
const linesMax = 8

/** One line for each change; none where all is as it was. */
export function changesOf(before: Seen, now: Seen): readonly string[] {
  const several = now.clusters.length > 1
  const clusters = now.clusters.flatMap(cluster => {
    const was = before.clusters.find(({name}) => name === cluster.name)
    const lines = was === undefined ? [] : clusterChanges(was, cluster)
    return several ? lines.map(line => `${cluster.name}: ${line}`) : lines
  })
  return [...clusters, ...difference('problem', textsOf(before), textsOf(now))]
}

const textsOf = ({conditions}: Seen): readonly string[] => conditions.map(({text}) => text)

function clusterChanges(before: ClusterStatus, now: ClusterStatus): readonly string[] {
  const [was, is] = [before.state, now.state]
  const members = is.members.flatMap(member => {
    const old = was.members.find(({name}) => name === member.name)
    return old === undefined || wordsOf(old) === wordsOf(member)
      ? []
      : [`${member.name} ${wordsOf(old)} -> ${wordsOf(member)}`]
  })
  return [
    ...(was.primary === is.primary ? [] : [`primary ${was.primary ?? 'none'} -> ${is.primary ?? 'none'}`]),
    ...(was.timeline === is.timeline ? [] : [`timeline ${was.timeline ?? 'unknown'} -> ${is.timeline ?? 'unknown'}`]),
    ...members,
    ...difference('fault', before.faults, now.faults),
    // How far behind is another number at every look: that it is a problem is told, and not each of them.
    ...difference('problem', kinds(problemsOf(before)), kinds(problemsOf(now))),
  ]
}

const kinds = (problems: readonly string[]): readonly string[] =>
  problems.map(problem => problem.replace(/: \d[\d.]* \wB behind.*/, ': too far behind'))

const wordsOf = ({container, role, state}: MemberState): string =>
  container === 'running' ? `${role}, ${state ?? 'no answer'}` : `container ${container}`

function difference(what: string, before: readonly string[], now: readonly string[]): readonly string[] {
  return [
    ...now.filter(text => !before.includes(text)).map(text => `${what}: ${text}`),
    ...before.filter(text => !now.includes(text)).map(text => `${what} over: ${text}`),
  ]
}

/** The last changes, each with its time. */
export interface StatusLog {
  readonly seen: Seen
  readonly lines: readonly string[]
}

/** `at`: the time of day. */
export function withLook({seen, lines}: StatusLog, now: Seen, at: string): StatusLog {
  return {seen: now, lines: [...lines, ...changesOf(seen, now).map(change => `${at}  ${change}`)].slice(-linesMax)}
}

/** The screen with a clock above and the changes below. */
export function watchScreen(screen: string, {lines}: StatusLog, at: string): string {
  const changes = lines.length === 0 ? '' : `\nchanges\n${lines.map(line => `  ${line}`).join('\n')}\n`
  return `${at}  Ctrl-C ends it\n${screen}${changes}`
}
