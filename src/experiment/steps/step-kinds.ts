// Every kind of step, by its name. A new kind is a file and a line here, which the compiler asks for.
import type {Step, StepKind} from '../../model/scenario.ts'
import {awaitStep} from './await.ts'
import {backup} from './backup.ts'
import {backupDuringFailover} from './backup-during-failover.ts'
import {barrier} from './barrier.ts'
import {beginCommit} from './begin-commit.ts'
import {delayedCopy} from './delayed-copy.ts'
import {disaster} from './disaster.ts'
import {heal} from './heal.ts'
import {hold} from './hold.ts'
import {inject} from './inject.ts'
import {killClient} from './kill-client.ts'
import {move} from './move.ts'
import {plant} from './plant.ts'
import {rebuild} from './rebuild.ts'
import {recoverTable} from './recover-table.ts'
import {resolveInDoubt} from './resolve-in-doubt.ts'
import {restore} from './restore.ts'
import {sabotage} from './sabotage.ts'
import {staleClient} from './stale-client.ts'
import type {Planning, StepContext, StepKindOf} from './step-kind.ts'
import {switchover} from './switchover.ts'

const stepKinds = {
  hold,
  inject,
  heal,
  'await': awaitStep,
  switchover,
  backup,
  'backup-during-failover': backupDuringFailover,
  'delayed-copy': delayedCopy,
  barrier,
  disaster,
  sabotage,
  restore,
  'recover-table': recoverTable,
  rebuild,
  plant,
  'begin-commit': beginCommit,
  'kill-client': killClient,
  'resolve-in-doubt': resolveInDoubt,
  move,
  'stale-client': staleClient,
} satisfies {readonly [K in StepKind]: StepKindOf<K>}

/** A step is only ever given to the kind of its own name. */
interface AnyStepKind {
  label(step: Step, planning: Planning): string
  withinMs(step: Step, planning: Planning): number
  run(step: Step, context: StepContext): Promise<string>
}
const kindNamed: Readonly<Record<StepKind, AnyStepKind>> = stepKinds

/** One line for people. PURE. */
export function labelOf(step: Step, planning: Planning): string {
  return kindNamed[step.kind].label(step, planning)
}

/** The step's deadline. PURE. */
export function withinMsOf(step: Step, planning: Planning): number {
  return kindNamed[step.kind].withinMs(step, planning)
}

export async function runStep(step: Step, context: StepContext): Promise<string> {
  return kindNamed[step.kind].run(step, context)
}
