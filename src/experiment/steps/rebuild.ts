// Rebuilds the member that was hit from the others. A page is found damaged first; a lost primary is failed over by
// the cluster itself.
import {hint} from '../../model/command-hint.ts'
import {checkPages} from '../../lab/nodes/check-pages.ts'
import {rebuildNode} from '../../lab/nodes/rebuild-node.ts'
import {HlError} from '../../model/errors.ts'
import type {Cluster} from '../../model/ports.ts'
import {formatMs} from '../../model/time.ts'
import type {Check} from '../../model/verdict.ts'
import {awaitUntil, holds, notYet, within} from '../../waiting/await-until.ts'
import {tellPhase} from '../progress.ts'
import {copyWithinMs} from '../run-deadlines.ts'
import {allBack, writeVictim} from './keep-going.ts'
import {leftMs, type StepContext, type StepKindOf} from './step-kind.ts'

const failOverMs = 120_000
/** So long must writes go well. */
const aftermathMs = 2_000
const everyMs = 50

export const rebuild: StepKindOf<'rebuild'> = {
  label: () => 'go on with the others, and rebuild the node',
  withinMs: () => copyWithinMs,
  async run(_step, context) {
    const {world, progress, signal} = context
    const {clock, cluster} = world
    const {hit} = progress
    if (hit?.doneMs == null || hit.member === null)
      throw new HlError('SCENARIO_INVALID', 'a node is rebuilt after a disaster of its own', {
        next: ['put the disaster before it'],
      })
    const bounded = async <T>(work: Promise<T>, what: string): Promise<T> =>
      within(work, {clock, signal, withinMs: leftMs(context), what})
    let backMs: number | null = null
    if (hit.disaster.kind === 'corrupt-page') {
      const found = await bounded(findDamaged(cluster), 'the pages of every member to be read')
      tellPhase(world, progress, 'detect', hit.doneMs)
      if (found !== hit.member)
        throw new HlError('HEAL_FAILED', `${found ?? 'no node'} was found damaged, and ${hit.member} is`, {
          next: [hint('nodes check', {lab: cluster.lab})],
        })
    } else {
      backMs = await failedOver(context, hit.doneMs)
    }
    const rebuildMs = clock.nowMs()
    // It ends by itself at the signal: nothing of it goes on while the run ends.
    const {handedOverTo} = await rebuildNode(cluster, clock, hit.member, signal)
    if (handedOverTo !== null) {
      tellPhase(world, progress, 'fail-over', rebuildMs)
      backMs = await writeVictim(context)
    }
    await allBack(context, async () => pagesIntact(cluster))
    return backMs === null ? 'rebuilt' : `back ${formatMs(backMs - hit.commandedMs)} after the disaster`
  },
}

async function findDamaged(cluster: Cluster): Promise<string | null> {
  for (const member of cluster.members) if ((await checkPages(cluster, member)).count > 0) return member
  return null
}

/** Until the load's writes are acknowledged again; since when they are. */
async function failedOver(context: StepContext, lostMs: number): Promise<number> {
  const {world, progress, signal} = context
  const {clock, load} = world
  const sinceMs = await awaitUntil(
    () => {
      const writableMs = load.writableSinceMs()
      if (writableMs !== null && writableMs > lostMs && clock.nowMs() - writableMs >= aftermathMs)
        return Promise.resolve(holds(writableMs))
      return Promise.resolve(notYet(writableMs === null ? 'the last write did not succeed' : 'writes succeed not long'))
    },
    {clock, signal, everyMs, withinMs: Math.min(failOverMs, leftMs(context)), what: 'another member to take writes'},
  )
  tellPhase(world, progress, 'fail-over', lostMs)
  return sinceMs
}

async function pagesIntact(cluster: Cluster): Promise<readonly Check[]> {
  const found = await findDamaged(cluster)
  return [
    {
      name: 'pages-intact',
      verdict: found === null ? 'pass' : 'fail',
      detail: found === null ? 'every page of every node is what its checksum says' : `${found} has damaged pages`,
    },
  ]
}
