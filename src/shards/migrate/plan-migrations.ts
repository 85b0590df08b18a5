// PURE: what is to be applied where, from the files and from what each target says was applied. Invariants: a target's
// applied migrations are a prefix of the files, or nothing is planned at all; the targets go through the files in step,
// so that they are never further apart than the migration that was cut off. Not here: applying (apply-migrations.ts).
import type {Migration} from './migration-file.ts'

/** A migration as a target remembers it. */
export interface AppliedMigration {
  readonly name: string
  readonly checksum: string
  /** false: one outside a transaction was begun and not finished; it is still to be applied. */
  readonly isFinished: boolean
}

export interface TargetHistory {
  readonly target: string
  readonly applied: readonly AppliedMigration[]
}

/** One migration, and the targets that lack it. */
export interface MigrationStep {
  readonly migration: Migration
  readonly targets: readonly string[]
  /** Had all targets applied the same migrations before this one? */
  readonly isLevel: boolean
}

/**
 * CHANGED: an applied file has another text now. MISSING: there is no file for what was applied. ORDER: a file that is
 * not applied comes before one that is.
 */
export type PlanRefusalReason = 'CHANGED' | 'MISSING' | 'ORDER'

export interface PlanRefusal {
  readonly reason: PlanRefusalReason
  readonly target: string
  readonly migration: string
  /** Cause and way out. */
  readonly message: string
}

export interface MigrationPlan {
  /** Every contradiction between files and targets; where there is one, `steps` is empty. */
  readonly refusals: readonly PlanRefusal[]
  readonly steps: readonly MigrationStep[]
}

/** Plans for files in their order (orderedMigrations) and targets with different names. */
export function planMigrations(files: readonly Migration[], histories: readonly TargetHistory[]): MigrationPlan {
  const refusals = histories.flatMap(history => refusalsOf(files, history))
  if (refusals.length > 0) return {refusals, steps: []}
  const lacking = ({name}: Migration): readonly string[] =>
    histories.filter(({applied}) => !finished(applied).has(name)).map(({target}) => target)
  const steps = files
    .map(migration => ({migration, targets: lacking(migration)}))
    .filter(({targets}) => targets.length > 0)
    .map(step => ({...step, isLevel: step.targets.length === histories.length && !wasBegun(step.migration, histories)}))
  return {refusals, steps}
}

/** Names of what the target has applied to the end. */
export function finished(applied: readonly AppliedMigration[]): ReadonlySet<string> {
  return new Set(applied.filter(({isFinished}) => isFinished).map(({name}) => name))
}

const wasBegun = ({name}: Migration, histories: readonly TargetHistory[]): boolean =>
  histories.some(({applied}) => applied.some(one => one.name === name))

function refusalsOf(files: readonly Migration[], {target, applied}: TargetHistory): readonly PlanRefusal[] {
  const done = applied.filter(({isFinished}) => isFinished)
  const newest =
    done
      .map(({name}) => name)
      .sort()
      .at(-1) ?? ''
  const refuse = (reason: PlanRefusalReason, migration: string, message: string): PlanRefusal => ({
    reason,
    target,
    migration,
    message: `${target}: ${message}`,
  })
  const ofApplied = done.flatMap(({name, checksum}) => {
    const file = files.find(one => one.name === name)
    if (file === undefined)
      return [refuse('MISSING', name, `${name} was applied and is not among the files: put it back, unchanged`)]
    if (file.checksum === checksum) return []
    return [
      refuse(
        'CHANGED',
        name,
        `${name} was applied with another text: put the old text back, and change what it made in a new migration`,
      ),
    ]
  })
  const ofFiles = files
    .filter(({name}) => name < newest && !done.some(one => one.name === name))
    .map(({name}) =>
      refuse('ORDER', name, `${name} is not applied and comes before ${newest}, which is: give it a higher number`),
    )
  return [...ofApplied, ...ofFiles]
}
