// Walks the steps of a drill: load, backups, the disaster, the restore, the first write, redundancy, verification.
// Invariant: the record tells how far it came, whatever broke; a restore that hl refuses is an outcome, not a failure
// of the drill. Not here: how a restore is done (src/backup), judging (src/measure/drill), files (cli).
import type {Drill, DrillRecord, DrillStep} from '../model/drill.ts'
import {HlError, unreachable} from '../model/errors.ts'
import {formatMs} from '../model/time.ts'
import {backupDuringFailover} from './backup-in-drill.ts'
import type {DrillWorld} from './drill-world.ts'
import type {Progress} from './progress.ts'
import {restoreInDrill} from './restore-in-drill.ts'
import {recoverTable, repair} from './recover-in-drill.ts'
import {describeDisaster, strike} from './strike.ts'
import {createVictim} from './victim.ts'

/** What is known before the first step. */
export type DrillStart = Pick<DrillRecord, 'run' | 'seed' | 'startedAt' | 'config' | 'host'>

/**
 * Runs it to its end and returns the record. INTERRUPTED after Ctrl-C; other errors end the walk and are in the events.
 */
export async function runDrill(drill: Drill, world: DrillWorld, start: DrillStart): Promise<DrillRecord> {
  const {clock, emit, load, observer, signal, save} = world
  const progress: Progress = {
    disaster: null,
    kind: null,
    struck: null,
    tampering: null,
    phases: [],
    restored: null,
    facts: null,
    refusal: null,
    found: [],
    rest: {firstWriteMs: null, redundantMs: null, verification: [], final: null},
  }
  emit({
    kind: 'run.started',
    atMs: clock.nowMs(),
    run: start.run,
    scenario: drill.name,
    seed: start.seed,
    trial: 1,
    trials: 1,
    steps: drill.steps.map(labelOf),
    startedAt: start.startedAt,
  })
  save(recordOf(drill, start, progress))
  observer.start(emit)
  try {
    await createVictim(world.sql)
    load.start()
    for (const [index, step] of drill.steps.entries()) {
      signal.throwIfAborted()
      const label = labelOf(step)
      emit({kind: 'step.started', atMs: clock.nowMs(), step: index + 1, label, withinMs: stepMs})
      try {
        const detail = await takeStep(step, world, progress, drill.refusedWith)
        emit({kind: 'step.done', atMs: clock.nowMs(), step: index + 1, label, detail})
      } catch (error) {
        signal.throwIfAborted()
        emit({
          kind: 'step.failed',
          atMs: clock.nowMs(),
          step: index + 1,
          label,
          code: error instanceof HlError ? error.code : 'BUG',
          message: error instanceof Error ? error.message : String(error),
        })
        break
      }
    }
  } finally {
    await load.stop().catch(() => undefined)
    await observer.stop().catch(() => undefined)
    await load.close().catch(() => undefined)
    save(recordOf(drill, start, progress))
  }
  return recordOf(drill, start, progress)
}

/** For the screen; nothing is cut off by it, each wait has its own deadline. */
const stepMs = 600_000

async function takeStep(
  step: DrillStep,
  world: DrillWorld,
  progress: Progress,
  refusedWith: string | undefined,
): Promise<string> {
  const {clock, cluster, signal} = world
  switch (step.kind) {
    case 'hold':
      await clock.wait(step.forMs, signal)
      return `held ${formatMs(step.forMs)}`
    case 'backup': {
      const backup = await world.takeBackup(step.backup)
      return `${backup.kind} ${backup.id} from ${backup.node} in ${formatMs(backup.durationMs)}`
    }
    case 'backup-during-failover':
      return backupDuringFailover(world, progress)
    case 'delayed-copy':
      return world.delayedCopy(step.delayMs)
    case 'switchover': {
      const {primary} = await cluster.state()
      if (primary === null)
        throw new HlError('LAB_UNHEALTHY', 'there is no primary to switch over from', {next: ['hl status']})
      await cluster.switchover(primary, null)
      return `${primary} handed over`
    }
    case 'tamper':
      progress.tampering = step.tampering
      return world.tamper(step.tampering)
    case 'disaster':
      return strike(step.disaster, world, progress)
    case 'restore':
      return restoreInDrill(step, world, progress, refusedWith)
    case 'recover-table':
      return recoverTable(step, world, progress)
    case 'repair':
      return repair(world, progress)
    default:
      return unreachable(step)
  }
}

function labelOf(step: DrillStep): string {
  switch (step.kind) {
    case 'hold':
      return `hold ${formatMs(step.forMs)} (${step.as})`
    case 'backup':
      return `${step.backup} backup under load`
    case 'switchover':
      return 'switch over, so that the restore crosses a timeline'
    case 'disaster':
      return describeDisaster(step.disaster)
    case 'tamper':
      return {
        'one-late': 'restore one transaction too many',
        'one-early': 'restore one transaction too few',
        'segment-missing': 'have a WAL segment go missing from the archive',
        'byte-flipped': 'flip a byte of the backup',
      }[step.tampering.kind]
    case 'backup-during-failover':
      return 'full backup, and the primary is killed meanwhile'
    case 'delayed-copy':
      return `a recovery copy that follows ${formatMs(step.delayMs)} behind`
    case 'restore':
      return `restore ${step.target === 'latest' ? 'as far as the archive goes' : 'to just before it'} ${{'new-lab': 'into a new lab', 'in-place': 'in place', 'running-lab': 'over the lab that runs'}[step.into]}`
    case 'recover-table':
      return `bring the table back out of ${step.from === 'archive' ? 'a copy made from the archive' : 'the delayed copy'}`
    case 'repair':
      return 'go on with the others, and make the node anew'
    default:
      return unreachable(step)
  }
}

function recordOf(drill: Drill, start: DrillStart, progress: Progress): DrillRecord {
  return {
    schemaVersion: 1,
    ...start,
    drill,
    disaster: progress.disaster,
    phases: progress.phases,
    ...progress.rest,
    verification: [...progress.found, ...progress.rest.verification],
    restore: progress.restored?.facts ?? progress.facts,
    refusal: progress.refusal,
  }
}
