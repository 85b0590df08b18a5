// The restore step of a drill, from the decision to a verified, fully redundant cluster. Invariant: RTO ends with a
// write that a client had acknowledged through the router, never with a tool's return. Not here: the restore itself
// (src/backup), what it is worth (src/measure/drill).
import type {DrillStep} from '../model/drill.ts'
import {HlError} from '../model/errors.ts'
import {formatMs} from '../model/time.ts'
import type {DrillWorld, RestoredWorld} from './drill-world.ts'
import {phase, type Progress} from './progress.ts'
import {checkVictim} from './victim.ts'

const firstWriteMs = 120_000
/** What the restored cluster's own clients write, so that it is seen to go on. */
const aftermathMs = 2_000
/** Refusals: hl said no before it made anything. */
const refusals = new Set(['ARCHIVE_GAP', 'TARGET_UNREACHABLE', 'ARCHIVE_MISSING', 'BACKUP_UNKNOWN'])

/** Fills in the rest of the record as it goes. */
export async function restoreInDrill(
  step: Extract<DrillStep, {readonly kind: 'restore'}>,
  world: DrillWorld,
  progress: Progress,
  refusedWith: string | undefined,
): Promise<string> {
  const {clock, load} = world
  const fromMs = clock.nowMs()
  if (progress.disaster !== null) phase(progress, 'detect', progress.disaster.completedMs, fromMs)
  // From here on clients are kept away from what is being given up.
  await load.stop()
  try {
    const {kind: disaster, tampering} = progress
    progress.restored = await world.restore(
      {target: step.target, into: step.into, disaster, tampering},
      (name, phaseFromMs, toMs) => phase(progress, name, name === 'decide' ? fromMs : phaseFromMs, toMs),
    )
  } catch (error) {
    if (!(error instanceof HlError) || !(refusals.has(error.code) || error.code === refusedWith)) throw error
    progress.refusal = {code: error.code, message: error.message, next: error.next}
    const {primary} = await world.cluster.state()
    progress.rest = {
      ...progress.rest,
      verification: [
        {
          name: 'nothing-changed',
          verdict: primary === null ? 'fail' : 'pass',
          detail:
            primary === null
              ? 'the lab that was to be restored has no primary any more'
              : `the lab still works: ${primary} is its primary`,
        },
      ],
    }
    return `refused: ${error.code}`
  }
  const {restored} = progress
  try {
    await firstWrite(restored, world, progress)
    await restored.untilHealthy()
    progress.rest = {...progress.rest, redundantMs: clock.nowMs()}
  } finally {
    await restored.load.stop().catch(() => undefined)
    await restored.load.close()
  }
  const checks = [...(await restored.verify()), ...(hitsVictim(progress) ? [await checkVictim(restored.sql)] : [])]
  progress.rest = {...progress.rest, verification: checks, final: await restored.finalState()}
  return `first write ${formatMs((progress.rest.firstWriteMs ?? Infinity) - (progress.disaster?.invokedMs ?? 0))} after the disaster`
}

function hitsVictim({kind}: Progress): boolean {
  return kind?.kind === 'drop-table' || kind?.kind === 'update-without-where'
}

/**
 * The load's own first acknowledged write; it goes on for a while, so that one lucky write is not taken for a working
 * cluster.
 */
async function firstWrite(
  {load, lastError}: RestoredWorld,
  {clock, signal}: DrillWorld,
  progress: Progress,
): Promise<void> {
  const startMs = clock.nowMs()
  // What the last part left over is waited for too.
  const fromMs = progress.phases.at(-1)?.toMs ?? startMs
  await load.prepare()
  load.start()
  const untilMs = startMs + firstWriteMs
  for (let sinceMs = load.writableSinceMs(); ; sinceMs = load.writableSinceMs()) {
    if (sinceMs !== null && clock.nowMs() - sinceMs >= aftermathMs) {
      phase(progress, 'first-write', fromMs, sinceMs)
      progress.rest = {...progress.rest, firstWriteMs: sinceMs}
      return
    }
    if (clock.nowMs() >= untilMs)
      throw new HlError(
        'TIMEOUT',
        `the restored cluster did not acknowledge writes within ${formatMs(firstWriteMs)}; last error: ${lastError() ?? 'none'}`,
        {next: ['hl status --lab <restored lab>']},
      )
    await clock.wait(50, signal)
  }
}
