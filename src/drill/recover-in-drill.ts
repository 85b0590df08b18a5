// The ways back that need no new cluster: one table out of a copy, and a node made anew from the others. Invariant: the
// load goes on throughout; what it had acknowledged at any time must be there at the end. Not here: restores of the
// whole (restore-in-drill.ts).
import type {DrillStep} from '../model/drill.ts'
import {HlError} from '../model/errors.ts'
import {formatMs} from '../model/time.ts'
import type {Check} from '../model/verdict.ts'
import {checkPages} from '../lab/nodes/check-pages.ts'
import {rebuildNode} from '../lab/nodes/rebuild-node.ts'
import type {DrillWorld} from './drill-world.ts'
import {phase, type Progress} from './progress.ts'
import {checkVictim, onlyTheTable, otherRelations, readVictim, victimTable} from './victim.ts'

const failOverMs = 120_000
const aftermathMs = 2_000

/** Brings the table back; RTO ends with a write to it. */
export async function recoverTable(
  {from}: Extract<DrillStep, {readonly kind: 'recover-table'}>,
  world: DrillWorld,
  progress: Progress,
): Promise<string> {
  const {clock} = world
  const {disaster, kind} = progress
  if (disaster === null || kind === null)
    throw new HlError('SCENARIO_INVALID', 'a table comes back after a disaster', {next: ['put the disaster before it']})
  const fromMs = clock.nowMs()
  phase(progress, 'detect', disaster.completedMs, fromMs)
  const before = await otherRelations(world.sql)
  progress.facts = await world.recoverTable(from, kind, (name, phaseFromMs, toMs) =>
    phase(progress, name, phaseFromMs, toMs),
  )
  progress.found.push(onlyTheTable(before, await otherRelations(world.sql)))
  await writeVictim(world, progress)
  return finish(world, progress)
}

/**
 * Makes the member that was struck anew. A page is found damaged first; a lost primary is failed over by the cluster
 * itself.
 */
export async function repair(world: DrillWorld, progress: Progress): Promise<string> {
  const {clock, cluster} = world
  const {disaster, struck, kind} = progress
  if (disaster === null || struck === null)
    throw new HlError('SCENARIO_INVALID', 'a node is made anew after a disaster of its own', {
      next: ['put the disaster before it'],
    })
  if (kind?.kind === 'corrupt-page') {
    const found = await findDamaged(world)
    phase(progress, 'detect', disaster.completedMs, clock.nowMs())
    if (found !== struck)
      throw new HlError('HEAL_FAILED', `${found ?? 'no node'} was found damaged, and ${struck} is`, {
        next: ['hl nodes check'],
      })
  } else {
    await failedOver(world, progress)
  }
  const rebuildMs = clock.nowMs()
  const {handedOverTo} = await rebuildNode(cluster, clock, struck)
  if (handedOverTo !== null) {
    phase(progress, 'fail-over', rebuildMs, clock.nowMs())
    await writeVictim(world, progress)
  }
  return finish(world, progress, async () => pagesIntact(world))
}

async function findDamaged({cluster}: DrillWorld): Promise<string | null> {
  for (const member of cluster.members) if ((await checkPages(cluster, member)).count > 0) return member
  return null
}

/** Until the load's writes are acknowledged again. */
async function failedOver({load, clock, signal}: DrillWorld, progress: Progress): Promise<void> {
  const atMs = progress.disaster?.completedMs ?? 0
  const untilMs = clock.nowMs() + failOverMs
  for (let sinceMs = load.writableSinceMs(); ; sinceMs = load.writableSinceMs()) {
    if (sinceMs !== null && sinceMs > atMs && clock.nowMs() - sinceMs >= aftermathMs) {
      phase(progress, 'fail-over', atMs, sinceMs)
      progress.rest = {...progress.rest, firstWriteMs: sinceMs}
      return
    }
    if (clock.nowMs() >= untilMs)
      throw new HlError('TIMEOUT', `no other member took writes within ${formatMs(failOverMs)}`, {next: ['hl status']})
    await clock.wait(50, signal)
  }
}

/** All of it is read, and a row is written. */
async function writeVictim({sql, clock}: DrillWorld, progress: Progress): Promise<void> {
  const fromMs = clock.nowMs()
  await readVictim(sql)
  await sql(`UPDATE ${victimTable} SET status = status WHERE id = 1`)
  const toMs = clock.nowMs()
  phase(progress, 'first-write', fromMs, toMs)
  progress.rest = {...progress.rest, firstWriteMs: toMs}
}

async function pagesIntact(world: DrillWorld): Promise<readonly Check[]> {
  const found = await findDamaged(world)
  return [
    {
      name: 'pages-intact',
      verdict: found === null ? 'pass' : 'fail',
      detail: found === null ? 'every page of every node is what its checksum says' : `${found} has damaged pages`,
    },
  ]
}

/** `checks`: what else is asked once all members are there again. */
async function finish(
  world: DrillWorld,
  progress: Progress,
  checks: () => Promise<readonly Check[]> = async () => Promise.resolve([]),
): Promise<string> {
  const {clock, load, signal} = world
  await world.untilHealthy()
  progress.rest = {...progress.rest, redundantMs: clock.nowMs()}
  await clock.wait(aftermathMs, signal)
  await load.stop()
  progress.rest = {
    ...progress.rest,
    verification: [...(await world.verify()), ...(await checks()), await checkVictim(world.sql)],
    final: await load.finalState(),
  }
  return `back ${formatMs((progress.rest.firstWriteMs ?? Infinity) - (progress.disaster?.invokedMs ?? 0))} after the disaster`
}
