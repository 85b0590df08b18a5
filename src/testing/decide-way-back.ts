// PURE: what a cluster can do by itself while a fault is in place, and so what is waited for before it is healed: a
// failover that is healed before anybody took over was none. Not here: waiting and healing (fault-desk.ts).
import type {FaultSpec} from '../model/scenario.ts'
import type {ClusterState} from '../model/topology.ts'

/**
 * `new-primary`: another member takes over. `primary`: one that is seen takes writes, the same or another. `heal`:
 * nothing but the heal brings it back, or lets it be seen.
 */
export type WayBack = 'new-primary' | 'primary' | 'heal'

/** `before`: the cluster when the fault was aimed. `failsafe`: Patroni's failsafe mode. */
export function wayBackOf(
  spec: FaultSpec,
  targets: readonly string[],
  before: ClusterState,
  failsafe: boolean,
): WayBack {
  const isHit = ({name}: {readonly name: string}): boolean => targets.includes(name)
  if (before.dcs.filter(isHit).length * 2 >= before.dcs.length) return 'heal'
  if (before.members.every(isHit) || spec.kind === 'promote-standby') return 'heal'
  const owner = before.lease.owner ?? before.primary
  if (owner === null || !targets.includes(owner)) return 'primary'
  return spec.kind === 'partition' ? ofPartition(spec.from, failsafe) : ofKind[spec.kind]
}

const ofKind = {
  'kill-container': 'new-primary',
  'stop-container': 'new-primary',
  'pause-container': 'new-primary',
  'kill-patroni': 'new-primary',
  'kill-postgres': 'primary',
} as const satisfies Readonly<Record<string, WayBack>>

/** Whom clients do not reach, nobody sees from here. */
function ofPartition(from: readonly string[], failsafe: boolean): WayBack {
  const loses = from.includes('dcs') && (!failsafe || from.includes('members'))
  if (loses) return 'new-primary'
  return from.includes('clients') ? 'heal' : 'primary'
}
