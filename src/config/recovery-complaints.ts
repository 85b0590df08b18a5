// Do the steps of a recovery make sense together: an archive and a backup before a restore, one disaster before one way
// back, the clusters that a restore needs? PURE. Not here: faults and their heals (check-scenario.ts).
import {
  comesBackWhole,
  isWayBack,
  stepOf,
  type Disaster,
  type Scenario,
  type Step,
  type StepKind,
} from '../model/scenario.ts'

/** `hl failover` may run on a lab that people work with, so it does nothing that only a restore undoes. */
const ofFailovers: ReadonlySet<StepKind> = new Set([
  ...(['hold', 'inject', 'heal', 'await', 'switchover'] as const),
  // Of those that are sharded (sharded-complaints.ts).
  ...(['plant', 'begin-commit', 'kill-client', 'resolve-in-doubt', 'move', 'stale-client'] as const),
])
/** Without one of these nothing is recovered. */
const ofRecoveries: ReadonlySet<StepKind> = new Set(['backup-during-failover', 'disaster', 'restore'])
const archived: ReadonlySet<StepKind> = new Set([
  'backup',
  'backup-during-failover',
  'delayed-copy',
  'restore',
  'recover-table',
  'barrier',
])
/** Which disasters a step can undo; a restore to the latest position undoes any. */
const undoneBy: Readonly<Record<'before-disaster' | 'recover-table' | 'rebuild', readonly Disaster['kind'][]>> = {
  'before-disaster': ['drop-table', 'update-without-where'],
  'recover-table': ['drop-table'],
  'rebuild': ['lose-primary-volume', 'corrupt-page'],
}

/** Every complaint that could be found, each with the path of its field. */
export function recoveryComplaints(scenario: Scenario): readonly string[] {
  const {kind, steps, clusters, sharded} = scenario
  if (kind === 'failover')
    return [
      ...steps.flatMap((one, index) =>
        ofFailovers.has(one.kind) ? [] : [`steps[${index}].kind: only a scenario of kind recovery has a ${one.kind}`],
      ),
      ...(clusters.length > 1 && sharded === undefined
        ? ['clusters[1]: a failover has one cluster, or says sharded']
        : []),
    ]
  return [
    ...(steps.some(one => ofRecoveries.has(one.kind))
      ? []
      : ['steps: a recovery has a disaster, a restore or a backup-during-failover; without one it is a failover']),
    ...clusterComplaints(scenario),
    ...pinnedComplaints(scenario),
    ...disasterComplaints(scenario),
    ...steps.flatMap((_one, index) => stepComplaints(scenario, index)),
  ]
}

function clusterComplaints({steps, clusters, sharded}: Scenario): readonly string[] {
  const [main, second, third] = clusters
  const needs = steps.findIndex(({kind}) => archived.has(kind))
  const newLab = stepOf(steps, 'restore')?.into === 'new-lab'
  const lacking =
    needs !== -1 && main.archive === 'none'
      ? [`clusters[0].archive: steps[${needs}] (${steps[needs]?.kind ?? ''}) needs an archive`]
      : []
  // Of one that is sharded they are its shards, and what is restored is as many.
  if (sharded !== undefined) return lacking
  return [
    ...lacking,
    ...(newLab && second === undefined ? ['clusters[1]: is missing; a restore into a new lab makes it'] : []),
    ...(!newLab && second !== undefined ? ['clusters[1]: no step restores into a new lab'] : []),
    ...(second !== undefined && second.name !== 'restored' ? ['clusters[1].name: must be restored'] : []),
    ...(second !== undefined && second.archive !== main.archive
      ? [`clusters[1].archive: must be ${main.archive}, as that of the first`]
      : []),
    ...(third === undefined ? [] : ['clusters[2]: a recovery has at most two clusters']),
  ]
}

/** The writes of one node alone are given up with it, so they cannot be judged beside a restore. */
function pinnedComplaints({load}: Scenario): readonly string[] {
  return load.pinnedWritesPerSecond === 0 ? [] : ['load.pinnedWritesPerSecond: must be 0 in a recovery']
}

/** One disaster, then one step that brings back what it took. */
function disasterComplaints({steps}: Scenario): readonly string[] {
  const disasters = steps.filter(({kind}) => kind === 'disaster')
  const waysBack = steps.filter(isWayBack)
  const disasterAt = steps.findIndex(({kind}) => kind === 'disaster')
  return [
    ...(disasters.length > 1 ? ['steps: more than one disaster; a run measures the recovery from one'] : []),
    ...(waysBack.length > 1 ? ['steps: more than one of restore, recover-table and rebuild'] : []),
    ...(disasterAt !== -1 && !steps.slice(disasterAt).some(isWayBack)
      ? [`steps[${disasterAt}]: no restore, recover-table or rebuild comes after it`]
      : []),
  ]
}

function stepComplaints(scenario: Scenario, index: number): readonly string[] {
  const {steps} = scenario
  const step = steps[index]
  const before = steps.slice(0, index)
  if (step === undefined) return []
  const at = `steps[${index}]`
  return [
    ...(before.some(isWayBack) && step.kind !== 'hold' ? [`${at}: only a hold may come after the way back`] : []),
    ...backupComplaints(step, before).map(text => `${at}${text}`),
    ...wayBackComplaints(step, before, scenario).map(text => `${at}${text}`),
    ...sabotageComplaints(step, steps.slice(index + 1)).map(text => `${at}${text}`),
  ]
}

function backupComplaints(step: Step, before: readonly Step[]): readonly string[] {
  const full = before.some(one => one.kind === 'backup' && one.backup === 'full')
  if (full) return []
  if (step.kind === 'backup') return step.backup === 'incremental' ? ['.backup: there is no full backup before it'] : []
  const reads = step.kind === 'restore' || step.kind === 'recover-table' || step.kind === 'delayed-copy'
  return reads ? [': there is no full backup before it'] : []
}

function wayBackComplaints(step: Step, before: readonly Step[], {expect}: Scenario): readonly string[] {
  const disaster = stepOf(before, 'disaster')?.disaster.kind ?? null
  if (step.kind === 'rebuild') return undoes('rebuild', disaster, ': ')
  if (step.kind === 'recover-table')
    return [
      ...undoes('recover-table', disaster, ': '),
      ...(step.from === 'delayed-copy' && !followsBeforeDisaster(before)
        ? ['.from: no delayed-copy step before the disaster']
        : []),
    ]
  if (step.kind !== 'restore') return []
  return [
    ...(step.target === 'before-disaster' ? undoes('before-disaster', disaster, '.target: ') : []),
    ...(disaster === null && step.target !== 'before-disaster' && expect.kind !== 'refusal'
      ? [': no disaster comes before it, and it is not a refusal']
      : []),
    ...(step.into === 'running-lab' && expect.kind !== 'refusal'
      ? ['.into: a restore over the lab that runs is refused, so expect must be a refusal']
      : []),
    ...(step.into === 'in-place' && disaster === 'lose-cluster'
      ? ['.into: after lose-cluster no lab is left to restore in place']
      : []),
  ]
}

function undoes(way: keyof typeof undoneBy, disaster: Disaster['kind'] | null, colon: string): readonly string[] {
  if (disaster !== null && undoneBy[way].includes(disaster)) return []
  return [`${colon}${way} needs a disaster before it that is one of ${undoneBy[way].join(', ')}`]
}

function followsBeforeDisaster(before: readonly Step[]): boolean {
  const disasterAt = before.findIndex(({kind}) => kind === 'disaster')
  return before.slice(0, disasterAt === -1 ? before.length : disasterAt).some(({kind}) => kind === 'delayed-copy')
}

function sabotageComplaints(step: Step, after: readonly Step[]): readonly string[] {
  if (step.kind !== 'sabotage') return []
  if (!comesBackWhole(after)) return [': no restore comes after it']
  const aims = step.sabotage.kind === 'one-late' || step.sabotage.kind === 'one-early'
  return aims && stepOf(after, 'restore')?.target !== 'before-disaster'
    ? [`.sabotage: ${step.sabotage.kind} needs a restore with the target before-disaster`]
    : []
}
