// Every kind of fault, and the way from a scenario's spec to a fault that can be done. Invariant: the compiler refuses
// a kind without its file.
import type {Cluster} from '../model/ports.ts'
import type {FaultKind, FaultSpec} from '../model/scenario.ts'
import {unreachable} from '../model/errors.ts'
import type {Fault, FaultType} from './fault.ts'
import {killContainer} from './kill-container.ts'
import {killPatroni} from './kill-patroni.ts'
import {killPostgres} from './kill-postgres.ts'
import {partition} from './partition.ts'
import {pauseContainer} from './pause-container.ts'
import {promoteStandby} from './promote-standby.ts'
import {stopContainer} from './stop-container.ts'

/** By kind, for lists and help. */
export const faultTypes = {
  'kill-container': killContainer,
  'stop-container': stopContainer,
  'pause-container': pauseContainer,
  'kill-postgres': killPostgres,
  'kill-patroni': killPatroni,
  partition,
  'promote-standby': promoteStandby,
} satisfies {readonly [K in FaultKind]: FaultType<Extract<FaultSpec, {kind: K}>>}

/** The fault that `spec` asks for, on these targets. Nothing is touched yet. */
export function faultAction(cluster: Cluster, spec: FaultSpec, targets: readonly string[]): Fault {
  switch (spec.kind) {
    case 'kill-container':
      return killContainer.make(cluster, spec, targets)
    case 'stop-container':
      return stopContainer.make(cluster, spec, targets)
    case 'pause-container':
      return pauseContainer.make(cluster, spec, targets)
    case 'kill-postgres':
      return killPostgres.make(cluster, spec, targets)
    case 'kill-patroni':
      return killPatroni.make(cluster, spec, targets)
    case 'partition':
      return partition.make(cluster, spec, targets)
    case 'promote-standby':
      return promoteStandby.make(cluster, spec, targets)
    default:
      return unreachable(spec)
  }
}
