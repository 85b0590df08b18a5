// One fault at the prompt, which stays until somebody heals it. Invariant: whom it hits is decided under the lab's
// lock. Not here: how a fault is done and seen (src/faults).
import {faultAction} from '../faults/fault-action.ts'
import type {Fault} from '../faults/fault.ts'
import {injectFault, requireAvailable, type Effect} from '../faults/inject-fault.ts'
import type {Docker} from '../lab/docker/docker.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import type {Clock, Cluster} from '../model/ports.ts'
import type {FaultSpec} from '../model/scenario.ts'
import type {ClusterState} from '../model/topology.ts'
import {resolveTarget} from './resolve-target.ts'

/** The command to Docker and the probes that see its effect. */
const withinMs = 30_000

export interface InjectedFault {
  readonly describe: string
  readonly targets: readonly string[]
  /** What showed that it is there; null: it was only planned. */
  readonly evidence: string | null
}

/** Whoever keeps a journal of faults, or undoes them later. */
export interface InjectHooks {
  /** The command is about to be given: the moment to put the heal on a stack. */
  readonly onCommanded?: (aimed: AimedFault, atMs: number) => void
  readonly onVerified?: (effect: Effect) => void
}

/** A fault, whom it hits, and the cluster as it was when that was decided. */
export interface AimedFault {
  readonly fault: Fault
  readonly targets: readonly string[]
  readonly before: ClusterState
}

/** What would be done. Errors: NODE_UNKNOWN, FAULT_UNAVAILABLE. */
export async function planFault(cluster: Cluster, spec: FaultSpec): Promise<InjectedFault> {
  const {fault, targets} = await faultOn(cluster, spec)
  await requireAvailable(fault)
  return {describe: fault.describe, targets, evidence: null}
}

/** Errors: LAB_BUSY, those of planFault and of injectFault. */
export async function injectByHand(
  docker: Docker,
  cluster: Cluster,
  spec: FaultSpec,
  clock: Clock,
  {onCommanded, onVerified}: InjectHooks = {},
): Promise<InjectedFault> {
  return whileLocked(docker, {lab: cluster.lab, what: 'hl faults inject'}, async () => {
    const aimed = await faultOn(cluster, spec)
    const {fault, targets} = aimed
    const {evidence} = await injectFault(fault, {
      clock,
      withinMs,
      onCommanded: atMs => onCommanded?.(aimed, atMs),
      ...(onVerified === undefined ? {} : {onVerified}),
    })
    return {describe: fault.describe, targets, evidence}
  })
}

async function faultOn(cluster: Cluster, spec: FaultSpec): Promise<AimedFault> {
  const before = await cluster.state()
  const targets = resolveTarget(spec.target, before)
  return {fault: faultAction(cluster, spec, targets), targets, before}
}
