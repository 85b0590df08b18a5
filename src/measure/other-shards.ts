// Was the run's own shard the only one that was disturbed? Shards share etcd and nothing else, so a fault on one must
// leave the others' primaries and timelines as they were. Not here: looking at them (src/experiment/other-shards.ts).
import type {OtherShard, RunRecord, ShardMoment} from '../model/report.ts'
import type {Scenario} from '../model/scenario.ts'
import type {Finding} from './run-checks.ts'

/**
 * null: there are no others, the run breaks the etcd that all of them share, or all of them are lost. unknown: one
 * could not be looked at before or after, or had no primary to begin with.
 */
export function otherShardsUntouched({otherShards, scenario}: Pick<RunRecord, 'otherShards' | 'scenario'>): Finding {
  if (otherShards === undefined || otherShards.length === 0 || breaksAll(scenario)) return null
  const [touched, unseen] = [otherShards.filter(isTouched), otherShards.filter(isUnseen)]
  if (touched.length > 0) return {verdict: 'fail', detail: touched.map(textOf).join('; ')}
  if (unseen.length > 0) return {verdict: 'unknown', detail: unseen.map(textOf).join('; ')}
  return {verdict: 'pass', detail: otherShards.map(textOf).join('; ')}
}

const isUnseen = ({before, after}: OtherShard): boolean => before?.primary == null || after === null

function isTouched({before, after}: OtherShard): boolean {
  if (before?.primary == null || after === null) return false
  return before.primary !== after.primary || before.timeline !== after.timeline
}

function textOf({name, before, after}: OtherShard): string {
  const [was, is] = [momentText(before), momentText(after)]
  return was === is ? `${name}: ${was}, before and after` : `${name}: ${was} before, ${is} after`
}

function momentText(moment: ShardMoment | null): string {
  if (moment === null) return 'not seen'
  const {primary, timeline} = moment
  return primary === null ? 'no primary' : `${primary} on timeline ${timeline ?? 'unknown'}`
}

function breaksAll({steps}: Scenario): boolean {
  return steps.some(step => {
    if (step.kind === 'disaster') return step.disaster.kind === 'lose-cluster'
    if (step.kind !== 'inject') return false
    const {target} = step.fault
    return target.select === 'named' ? target.name.startsWith('etcd') : target.select.startsWith('dcs-')
  })
}
