// Replaces the data of the cluster by what it was at a mark of its history, and compares: the cluster itself, a copy of
// what it is from then on, and a copy of what the way back left behind. For tests only. Invariant: as in
// restore-target.ts. Not here: which history.
import {prepareRestore} from '../../../src/recovery/prepare-restore.ts'
import {restoreInPlace} from '../../../src/recovery/restore-in-place.ts'
import {restoreRequest} from '../../../src/recovery/restore-request.ts'
import type {Chance} from '../../generated/chance.ts'
import type {Content} from '../../generated/content.ts'
import type {Recording} from '../../generated/recording.ts'
import {describeTarget, expectedOf, targetsOf, type Target} from '../../generated/targets.ts'
import {databasesIn, type LiveCluster} from './live-cluster.ts'
import {compare, describeOutcome, isRefusal, restoreToOne} from './restore-target.ts'

export interface WentBack {
  readonly isWrong: boolean
  /** For a person who repeats it. */
  readonly text: string
}

/** Sessions end; what was prepared before the mark is prepared again. */
export async function goBack(live: LiveCluster, recording: Recording, chance: Chance): Promise<WentBack> {
  const {lab, ports} = live
  const {cluster} = lab
  const kinds = ['lsn', 'time', 'name', 'xid']
  const target = chance.of(
    targetsOf(recording).filter(({kind, expect}) => kinds.includes(kind) && expect.must === 'be-restored'),
  )
  const last = recording.marks.at(-1)
  if (target.expect.must === 'be-refused' || last === undefined) throw new Error('no target to go back to')
  const request = await restoreRequest(target.wanted, cluster)
  await live.close()
  const shown = await prepareRestore(ports, cluster, request, {how: 'look'})
  const {checks} = await restoreInPlace(ports, lab, shown, {discardCopy: true, wanted: target.wanted})
  await live.again()
  const failed = checks.flatMap(({name, verdict, detail}) => (verdict === 'fail' ? [`${name}: ${detail}`] : []))
  const wrong = [...failed, ...compare(expectedOf(recording, target.expect), await contentNow(live))]
  const onwards: Target = {kind: 'latest', wanted: {to: 'latest'}, expect: target.expect}
  const end = recording.marks.length - 1
  const behind: Target = {
    kind: 'lsn',
    wanted: {toLsn: last.lsn, timeline: last.timeline},
    expect: {must: 'be-restored', mark: end, upTo: end},
  }
  const outcomes = [
    await restoreToOne(live, recording, onwards, isRefusal),
    await restoreToOne(live, recording, behind, isRefusal),
  ]
  return {
    isWrong: wrong.length > 0 || outcomes.some(outcome => outcome.wrong.length > 0),
    text: [`in place: ${describeTarget(target)} ${wrong.join(' / ')}`, ...outcomes.map(describeOutcome)].join('\n'),
  }
}

async function contentNow(live: LiveCluster): Promise<ReadonlyMap<string, Content>> {
  const cluster = await live.content('', new Map())
  const all = new Map([['', cluster.content]])
  for (const database of databasesIn(cluster.content))
    all.set(database, (await live.content(database, new Map())).content)
  return all
}
