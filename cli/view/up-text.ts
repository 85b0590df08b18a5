// What `hl up` says. PURE.
import type {UpPlan} from '../../src/lab/lifecycle/plan-up.ts'
import type {UpResult} from '../../src/lab/lifecycle/up-lab.ts'
import type {MonitoringPlace} from '../../src/lab/lifecycle/monitoring-services.ts'
import {hint, hintText} from '../../src/model/command-hint.ts'
import {soleCluster, type ClusterSettings} from '../../src/model/topology.ts'
import {plural} from '../../src/model/quantity.ts'
import type {PreparedShards} from '../../src/sharding/prepare-shards.ts'
import {monitoringText} from './monitoring-text.ts'

/** Of a dry run. `wanted`: the settings that were given. */
export function plannedText(
  lab: string,
  {does, services, clusters}: Pick<UpPlan, 'does' | 'services' | 'clusters'>,
  wanted: Partial<ClusterSettings>,
): string {
  const map = clusters.some(({name}) => name !== soleCluster) ? ', with migrations and a map for its shards' : ''
  const given = settingsGiven(wanted)
  const words = {
    create: `would make lab ${lab}: ${services.join(', ')}${map}`,
    start: `would start what is stopped of lab ${lab}${given === '' ? '' : ', and compare its settings then'}`,
    nothing: `lab ${lab} is up already${given === '' ? '' : ', with these settings'}`,
  }
  return given === '' ? words[does] : `${words[does]}\nsettings that were given: ${given}`
}

/** `ttl 30 s, work_mem 8MB`. */
function settingsGiven({parameters = {}, ...settings}: Partial<ClusterSettings>): string {
  const words = Object.entries({...settings, ...parameters}).map(([name, value]) => `${name} ${String(value)}`)
  return words.join(', ')
}

/** What beside `did` is told of a lab. */
export interface UpSaid extends Pick<UpResult, 'did'> {
  readonly map: PreparedShards | null
  readonly shard: string | null
  readonly monitoring: MonitoringPlace | null
}

/** Of a lab that is up. `shard`: the one that examples name; null: it is one cluster. */
export function upText(lab: string, {did, map, shard, monitoring}: UpSaid): string {
  const words = {'created': 'is up', 'started': 'is up again', 'was up': 'was up already'}
  const next = [
    hint('status'),
    ...(map === null ? [] : [hint('shards list')]),
    hint('failover', {flags: {scenario: 'primary-crash'}}),
    hint('psql'),
    ...(monitoring === null ? [] : [hint('metrics serve', {why: 'gives Prometheus what it looks at'})]),
  ]
  const named = next.map(step => hintText(step, lab, step.command === 'status' ? null : shard))
  return [
    `lab ${lab} ${words[did]}`,
    ...(map === null ? [] : [mapText(map)]),
    ...(monitoring === null ? [] : [monitoringText(monitoring)]),
    `next: ${named.join(', ')}`,
  ].join('\n')
}

function mapText({id, epoch, shards, did, migrations}: PreparedShards): string {
  const done = did === 'kept' ? 'kept as it is' : `written; ${plural(migrations.length, 'migration')} applied`
  return `map ${id}, epoch ${epoch}, of ${shards.join(', ')}: ${done}`
}
