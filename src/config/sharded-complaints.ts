// Does a scenario that spans shards make sense: its clusters, and the load that there is over shards? PURE. Not here:
// faults and recoveries (check-scenario.ts, recovery-complaints.ts).
import {defaultLoad, type Scenario, type StepKind} from '../model/scenario.ts'

const ofShards: ReadonlySet<StepKind> = new Set([
  'plant',
  'begin-commit',
  'kill-client',
  'resolve-in-doubt',
  'move',
  'stale-client',
])

/** Every complaint that could be found, each with the path of its field. */
export function shardedComplaints(scenario: Scenario): readonly string[] {
  const {sharded, kind, clusters, steps, load} = scenario
  if (sharded === undefined)
    return [
      ...steps.flatMap(({kind: step}, index) =>
        ofShards.has(step) ? [`steps[${index}].kind: only a scenario that is sharded has a ${step}`] : [],
      ),
      ...(['scatterReadsPerSecond', 'hotUserShare'] as const).flatMap(field =>
        load[field] === undefined ? [] : [`load.${field}: only a scenario that is sharded has it`],
      ),
    ]
  const {pinnedWritesPerSecond, standbyReadsPerSecond} = {...defaultLoad, ...load}
  return [
    ...(kind === 'failover' ? [] : ['sharded: only a failover spans shards']),
    ...(clusters.length > 1 ? [] : ['clusters: a scenario that is sharded has two shards or more']),
    ...(new Set(clusters.map(({name}) => name)).size < clusters.length ? ['clusters: a name is there twice'] : []),
    ...clusters.flatMap(({settings, archive}, index) => [
      ...(archive === 'none' ? [] : [`clusters[${index}].archive: a scenario that is sharded has none`]),
      ...(index > 0 && Object.keys(settings).length > 0
        ? [`clusters[${index}].settings: only those of the first are applied`]
        : []),
    ]),
    ...(pinnedWritesPerSecond + standbyReadsPerSecond === 0
      ? []
      : ['load: over shards nothing is pinned to a node nor read on standbys: both rates are 0']),
  ]
}
