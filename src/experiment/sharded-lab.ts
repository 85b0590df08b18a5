// The lab that a scenario over shards needs: which shard it is about, what shape is wanted, how it is made. Invariant:
// a lab of another shape is refused before anything is touched, with the command that makes the right one. Not here:
// labs of one cluster.
import type {ShardChoice} from '../lab/lifecycle/choose-shard.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import type {ShapeRequest} from '../lab/lifecycle/lab-shape.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Scenario} from '../model/scenario.ts'
import {appMigrations} from '../sharding/app-migrations.ts'
import {readMap} from '../sharding/look-at-shards.ts'
import {prepareShards} from '../sharding/prepare-shards.ts'

type Spanning = Pick<Scenario, 'name' | 'sharded' | 'clusters'>

/** What is said by flags, or the shard that the scenario is about. */
export function shardChoice({sharded, clusters}: Spanning, asked: ShardChoice | undefined): ShardChoice {
  if (sharded === undefined || asked?.shard !== undefined) return asked ?? {}
  return {...asked, shard: clusters[0].name}
}

/** Of a lab that is made for it; empty for a scenario of one cluster. */
export function shapeFor({sharded, clusters}: Spanning): ShapeRequest {
  return sharded === undefined ? {} : {shards: clusters.length, nodes: sharded.nodes}
}

/** PURE: LAB_SETTINGS_DIFFER unless the lab has the shards and members that the scenario needs; more are welcome. */
export function requireShape(scenario: Spanning, {description: {lab, clusters}}: Pick<ConnectedLab, 'description'>) {
  const {sharded} = scenario
  if (sharded === undefined) return
  const [shards, nodes] = [scenario.clusters.length, sharded.nodes]
  if (clusters.length >= shards && clusters.every(({members}) => members.length >= nodes)) return
  const is = clusters.length < 2 ? 'is one cluster' : `has ${clusters.map(wordsOf).join(', ')}`
  throw new HlError(
    'LAB_SETTINGS_DIFFER',
    `${scenario.name} needs ${shards} shards of ${nodes} nodes each, and lab ${lab} ${is}; nothing was touched`,
    {
      next: [
        hint('up', {lab: '<name>', flags: {shards, nodes}, why: 'makes a lab of that shape under another name'}),
        'name a lab that has it: --lab <name>',
      ],
    },
  )
}

/** Has it the shape, and a map? Errors: LAB_SETTINGS_DIFFER, MAP_MISSING, LAB_UNHEALTHY. */
export async function requireShardedLab(scenario: Scenario, lab: ConnectedLab): Promise<void> {
  if (scenario.sharded === undefined) return
  requireShape(scenario, lab)
  await readMap(lab)
}

/** Tables and map of a lab that was brought up just now. Errors: those of prepareShards(). */
export async function prepareLab(
  scenario: Scenario,
  lab: ConnectedLab,
  {progress, signal}: {readonly progress: (text: string) => void; readonly signal: AbortSignal},
): Promise<void> {
  if (scenario.sharded !== undefined) await prepareShards(lab, {migrations: await appMigrations(), progress, signal})
}

const wordsOf = ({name, members}: {readonly name: string; readonly members: readonly string[]}): string =>
  `${name} of ${members.length}`
