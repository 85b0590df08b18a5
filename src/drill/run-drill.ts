// Walks the steps of a drill: load, backups, the disaster, the restore, the first write, redundancy, verification. Invariant: the record tells how far it came, whatever broke;
// a restore that hl refuses is an outcome, not a failure of the drill. Not here: how a restore is done (src/backup), judging (src/measure/drill), files (cli).
import type {Disaster, Drill, DrillRecord, DrillStep} from '../model/drill.ts'
import {HlError, unreachable} from '../model/errors.ts'
import {formatMs} from '../model/time.ts'
import type {DrillWorld} from './drill-world.ts'
import type {Progress} from './progress.ts'
import {restoreInDrill} from './restore-in-drill.ts'
import {createVictim, hitVictim} from './victim.ts'

/** What is known before the first step. */
export type DrillStart = Pick<DrillRecord, 'run' | 'seed' | 'startedAt' | 'config' | 'host'>

/** Runs it to its end and returns the record. INTERRUPTED after Ctrl-C; other errors end the walk and are in the events. */
export async function runDrill(drill: Drill, world: DrillWorld, start: DrillStart): Promise<DrillRecord> {
  const {clock, emit, load, observer, signal, save} = world
  const progress: Progress = {disaster: null, kind: null, tampering: null, phases: [], restored: null, refusal: null, rest: {firstWriteMs: null, redundantMs: null, verification: [], final: null}}
  emit({kind: 'run.started', atMs: clock.nowMs(), run: start.run, scenario: drill.name, seed: start.seed, trial: 1, trials: 1, steps: drill.steps.map(labelOf), startedAt: start.startedAt})
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
        const detail = await takeStep(step, world, progress)
        emit({kind: 'step.done', atMs: clock.nowMs(), step: index + 1, label, detail})
      } catch (error) {
        signal.throwIfAborted()
        emit({kind: 'step.failed', atMs: clock.nowMs(), step: index + 1, label, code: error instanceof HlError ? error.code : 'BUG', message: error instanceof Error ? error.message : String(error)})
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

async function takeStep(step: DrillStep, world: DrillWorld, progress: Progress): Promise<string> {
  const {clock, cluster, signal} = world
  switch (step.kind) {
    case 'hold':
      await clock.wait(step.forMs, signal)
      return `held ${formatMs(step.forMs)}`
    case 'backup': {
      const backup = await world.takeBackup(step.backup)
      return `${backup.kind} ${backup.id} from ${backup.node} in ${formatMs(backup.durationMs)}`
    }
    case 'switchover': {
      const {primary} = await cluster.state()
      if (primary === null) throw new HlError('LAB_UNHEALTHY', 'there is no primary to switch over from', {next: ['hl status']})
      await cluster.switchover(primary, null)
      return `${primary} handed over`
    }
    case 'tamper':
      progress.tampering = step.tampering
      return world.tamper(step.tampering)
    case 'disaster':
      return strike(step.disaster, world, progress)
    case 'restore':
      return restoreInDrill(step, world, progress)
    default:
      return unreachable(step)
  }
}

async function strike(disaster: Disaster, {cluster, clock, sql}: DrillWorld, progress: Progress): Promise<string> {
  progress.kind = disaster
  const describe = describeDisaster(disaster)
  const {primary} = await cluster.state()
  if (primary === null) throw new HlError('LAB_UNHEALTHY', 'there is no primary to strike', {next: ['hl status']})
  if (disaster.kind === 'drop-table' || disaster.kind === 'update-without-where') {
    progress.disaster = {describe, ...(await hitVictim(sql, clock, disaster.kind))}
    return describe
  }
  const services = disaster.kind === 'lose-cluster' ? [...cluster.members, ...cluster.dcsMembers] : [primary]
  const atLsn = await sql('SELECT pg_current_wal_flush_lsn()')
  const invokedMs = clock.nowMs()
  await Promise.all(services.map(async service => cluster.kill(service)))
  progress.disaster = {describe, invokedMs, completedMs: clock.nowMs(), atLsn}
  await Promise.all(services.map(async service => cluster.destroy(service)))
  return `${describe}: ${services.join(', ')}`
}

/** For people. */
export function describeDisaster(disaster: Disaster): string {
  switch (disaster.kind) {
    case 'drop-table':
      return 'DROP TABLE on a table that is needed'
    case 'update-without-where':
      return 'UPDATE without WHERE'
    case 'lose-primary-volume':
      return 'the primary and its volume are gone'
    case 'lose-cluster':
      return 'every node, its volume and etcd are gone at one moment'
    default:
      return unreachable(disaster)
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
      return {'one-late': 'restore one transaction too many', 'one-early': 'restore one transaction too few', 'segment-missing': 'remove a WAL segment from the archive', 'byte-flipped': 'flip a byte of the backup'}[step.tampering.kind]
    case 'restore':
      return `restore ${step.target === 'latest' ? 'as far as the archive goes' : 'to just before it'} into a ${step.into === 'new-lab' ? 'new lab' : 'copy of the lab'}`
    default:
      return unreachable(step)
  }
}

function recordOf(drill: Drill, start: DrillStart, progress: Progress): DrillRecord {
  return {schemaVersion: 1, ...start, drill, disaster: progress.disaster, phases: progress.phases, ...progress.rest, restore: progress.restored?.facts ?? null, refusal: progress.refusal}
}
