// Does a scenario that spans shards make sense: its clusters, and the load that there is over shards? PURE. Not here:
// faults and recoveries (check-scenario.ts, recovery-complaints.ts).
import {defaultLoad, stepOf, type Scenario, type StepKind} from '../model/scenario.ts'

const ofShards: ReadonlySet<StepKind> = new Set([
  'plant',
  'begin-commit',
  'kill-client',
  'resolve-in-doubt',
  'move',
  'stale-client',
  'barrier',
])
/** What there is over all shards; everything else of a recovery is about one cluster. */
const recoveringShards: ReadonlySet<StepKind> = new Set(['hold', 'backup', 'barrier', 'disaster', 'restore'])

/** Every complaint that could be found, each with the path of its field. */
export function shardedComplaints(scenario: Scenario): readonly string[] {
  const {sharded, kind, clusters, steps, load} = scenario
  if (sharded === undefined)
    return [
      ...steps.flatMap(({kind: step}, index) =>
        ofShards.has(step) ? [`steps[${index}].kind: only a scenario that is sharded has a ${step}`] : [],
      ),
      ...(stepOf(steps, 'restore')?.target === 'barrier'
        ? ['steps: only a scenario that is sharded restores to a barrier']
        : []),
      ...(stepOf(steps, 'disaster')?.disaster.kind === 'lose-shard'
        ? ['steps: only a scenario that is sharded loses a shard']
        : []),
      ...(['scatterReadsPerSecond', 'hotUserShare'] as const).flatMap(field =>
        load[field] === undefined ? [] : [`load.${field}: only a scenario that is sharded has it`],
      ),
    ]
  const {pinnedWritesPerSecond, standbyReadsPerSecond} = {...defaultLoad, ...load}
  return [
    ...(kind === 'failover' ? [] : shardRecoveryComplaints(scenario)),
    ...(clusters.length > 1 ? [] : ['clusters: a scenario that is sharded has two shards or more']),
    ...(new Set(clusters.map(({name}) => name)).size < clusters.length ? ['clusters: a name is there twice'] : []),
    ...clusters.flatMap(({settings, archive}, index) => [
      ...(archive === (kind === 'failover' ? 'none' : clusters[0].archive)
        ? []
        : [`clusters[${index}].archive: must be ${kind === 'failover' ? 'none in a failover' : 'that of the first'}`]),
      ...(index > 0 && Object.keys(settings).length > 0
        ? [`clusters[${index}].settings: only those of the first are applied`]
        : []),
    ]),
    ...(pinnedWritesPerSecond + standbyReadsPerSecond === 0
      ? []
      : ['load: over shards nothing is pinned to a node nor read on standbys: both rates are 0']),
  ]
}

/** All shards are lost, and come back together at a barrier; or one of them, and comes back in its place. */
function shardRecoveryComplaints({steps, clusters}: Scenario): readonly string[] {
  const restoreAt = steps.findIndex(({kind}) => kind === 'restore')
  const barriers = steps.filter(({kind}) => kind === 'barrier').length
  const barrierAt = steps.findIndex(({kind}) => kind === 'barrier')
  const disasterAt = steps.findIndex(({kind}) => kind === 'disaster')
  const fullAt = steps.findIndex(step => step.kind === 'backup' && step.backup === 'full')
  const alone = stepOf(steps, 'disaster')?.disaster.kind === 'lose-shard'
  const needed = alone
    ? ({target: 'latest', into: 'in-place'} as const)
    : ({target: 'barrier', into: 'new-lab'} as const)
  return [
    ...steps.flatMap((step, index) => {
      const at = `steps[${index}]`
      if (!recoveringShards.has(step.kind)) return [`${at}.kind: a recovery of shards has no ${step.kind}`]
      if (step.kind === 'disaster' && !['lose-cluster', 'lose-shard'].includes(step.disaster.kind))
        return [`${at}.disaster: of shards it is lose-cluster or lose-shard`]
      if (step.kind !== 'restore') return []
      return (['target', 'into'] as const).flatMap(field =>
        step[field] === needed[field]
          ? []
          : [`${at}.${field}: of ${alone ? 'a shard that is' : 'shards that are all'} lost it is ${needed[field]}`],
      )
    }),
    ...(restoreAt !== -1 && (barriers !== 1 || barrierAt > (disasterAt === -1 ? restoreAt : disasterAt))
      ? [`steps[${restoreAt}]: there is not one barrier before what it brings back`]
      : []),
    ...(barrierAt !== -1 && (fullAt === -1 || fullAt > barrierAt)
      ? [`steps[${barrierAt}]: there is no full backup before it, so no restore comes to it`]
      : []),
    ...(clusters[0].archive === 'command' ? [] : ['clusters[0].archive: shards archive by command']),
  ]
}
