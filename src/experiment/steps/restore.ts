// Brings a whole cluster back from the archive. From here on it is what the experiment is about: a second load writes
// to it, and redundancy is its own. A restore that hl refuses is an outcome, every other failure ends the walk.
import {hintText} from '../../model/command-hint.ts'
import {HlError} from '../../model/errors.ts'
import {restoredCluster} from '../../model/recovery-record.ts'
import type {Expectation} from '../../model/scenario.ts'
import {formatMs} from '../../model/time.ts'
import {awaitUntil, holds, notYet} from '../../waiting/await-until.ts'
import {tellPhase, type Progress} from '../progress.ts'
import {copyWithinMs} from '../run-deadlines.ts'
import type {RestoredCluster} from '../world.ts'
import {lookAround, nothingChanged, type Scene} from './nothing-changed.ts'
import {leftMs, type StepContext, type StepKindOf} from './step-kind.ts'
import {checkVictim} from './victim.ts'

const firstWriteMs = 120_000
/**
 * So long must the clients of the restored cluster go on writing, so that one lucky write is not taken for a working
 * one.
 */
const aftermathMs = 2_000
const everyMs = 50
/**
 * With these hl says no before it makes anything; a scenario may expect another, of a restore that is given up later.
 */
const refusals = new Set<string>(['ARCHIVE_GAP', 'TARGET_UNREACHABLE', 'ARCHIVE_MISSING', 'BACKUP_UNKNOWN'])
const targets = {
  'latest': 'restore as far as the archive goes',
  'before-disaster': 'restore to just before it',
  'barrier': 'restore all shards to the newest barrier',
} as const
const places = {'new-lab': 'into a new lab', 'in-place': 'in place', 'running-lab': 'over the lab that runs'} as const

export const restore: StepKindOf<'restore'> = {
  label: ({target, into}) => `${targets[target]} ${places[into]}`,
  withinMs: () => copyWithinMs,
  async run({target, into}, context) {
    const {world, progress, loads, see, signal} = context
    const {clock} = world
    const fromMs = clock.nowMs()
    const {hit, sabotage} = progress
    if (hit?.doneMs != null) tellPhase(world, progress, 'detect', hit.doneMs)
    // From here on clients are kept away from what is being given up.
    const hole = await loads.stop()
    if (hole !== null) throw hole.error
    signal.throwIfAborted()
    const {expect} = context.plan.scenario
    // Of a recovery it would take time that counts.
    const before = expect.kind === 'refusal' ? await lookAround(world) : null
    let restored: RestoredCluster
    try {
      restored = await world.recovery.restore(
        {target, into, disaster: hit?.disaster ?? null, sabotage},
        {
          signal,
          onPhase: (phase, phaseFromMs, toMs) => {
            see(`${phase} took ${formatMs(toMs - phaseFromMs)}`)
            tellPhase(world, progress, phase, phase === 'decide' ? fromMs : phaseFromMs)
          },
        },
      )
    } catch (error) {
      signal.throwIfAborted()
      if (!isRefusal(error, expect)) throw error
      return refused(error, context, before)
    }
    return goOnWith(restored, context)
  },
}

function isRefusal(error: unknown, expect: Expectation): error is HlError {
  if (!(error instanceof HlError)) return false
  return refusals.has(error.code) || (expect.kind === 'refusal' && error.code === expect.code)
}

async function refused(
  {code, message, steps}: HlError,
  {world, progress}: StepContext,
  before: Scene | null,
): Promise<string> {
  progress.refusal = {code, message, next: steps.map(step => hintText(step, world.cluster.lab, world.cluster.name))}
  const early = refusals.has(code) || code === 'LAB_SETTINGS_DIFFER'
  progress.verification.push(nothingChanged(before, await lookAround(world), !early))
  return `refused: ${code}`
}

async function goOnWith(restored: RestoredCluster, context: StepContext): Promise<string> {
  const {progress, redundancy, signal} = context
  progress.restored = restored
  progress.facts = restored.facts
  progress.degraded = false
  redundancy.follow({
    cluster: restored.cluster,
    settings: await restored.cluster.settings(),
    name: restoredCluster,
  })
  progress.atEnd.push(async stop => [
    ...(await restored.verify(stop)),
    ...(hitsVictim(progress) ? [await checkVictim(restored.sql)] : []),
  ])
  const sinceMs = await firstWrite(restored, context)
  await restored.startStandbys(signal)
  await redundancy.wait(leftMs(context), signal)
  const {hit} = progress
  return hit === null ? 'restored' : `first write ${formatMs(sinceMs - hit.commandedMs)} after the disaster`
}

function hitsVictim({hit}: Progress): boolean {
  return hit?.disaster.kind === 'drop-table' || hit?.disaster.kind === 'update-without-where'
}

/** Since when the restored cluster acknowledges the load's writes. */
async function firstWrite({load, lastError}: RestoredCluster, context: StepContext): Promise<number> {
  const {world, progress, loads, signal} = context
  const {clock} = world
  // What the last phase left over is waited for too.
  const fromMs = progress.phaseEndMs ?? clock.nowMs()
  const withinMs = Math.min(firstWriteMs, leftMs(context))
  await loads.prepare(load, {withinMs, signal})
  loads.start(load)
  const sinceMs = await awaitUntil(
    () => {
      const writableMs = load.writableSinceMs()
      return Promise.resolve(
        writableMs !== null && clock.nowMs() - writableMs >= aftermathMs
          ? holds(writableMs)
          : notYet(`last error: ${lastError() ?? 'none'}`),
      )
    },
    {clock, signal, withinMs, everyMs, what: 'the restored cluster to acknowledge writes'},
  )
  tellPhase(world, progress, 'first-write', fromMs)
  return sinceMs
}
