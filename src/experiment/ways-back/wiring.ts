// What the ways back of an experiment are made with, and what they have in common.
import {docker} from '../../lab/docker/local-docker.ts'
import type {ConnectedLab} from '../../lab/lifecycle/connect-lab.ts'
import type {Clock, HistorySink, Load} from '../../model/ports.ts'
import type {Report} from '../../model/report.ts'
import type {RecoveryPorts as UseCasePorts} from '../../recovery/recovery-ports.ts'
import type {LabChoices} from '../lab-choices.ts'
import type {OnPhase, RecoveryHooks} from '../world.ts'

/** The lab that comes back beside one. */
export const restoredName = (lab: string): string => `${lab}-restored`

export interface RecoveryWiring {
  readonly lab: ConnectedLab
  readonly up: LabChoices
  readonly clock: Clock
  readonly note: (text: string) => void
  /** A label of every backup that is taken. */
  readonly scenario: string
  /** A load on another lab, whose rows are told from others' by the suffix. */
  readonly loadOf: (lab: ConnectedLab, primary: string | null, suffix: string, onOp: HistorySink) => Load
  readonly onOp: HistorySink
  /** What earlier runs let expect. */
  readonly earlier: () => readonly Report[]
  /** Told of a lab that was made. */
  readonly onLab: (lab: ConnectedLab) => void
}

export function useCasePorts({clock, note}: RecoveryWiring, {signal, onPhase}: RecoveryHooks): UseCasePorts {
  return {docker, clock, signal, note, onPhase}
}

/** Tells the time that it takes to decide where to go back to. */
export async function decided<T>({clock}: RecoveryWiring, onPhase: OnPhase, decide: () => Promise<T>): Promise<T> {
  const fromMs = clock.nowMs()
  const decision = await decide()
  onPhase('decide', fromMs, clock.nowMs())
  return decision
}
