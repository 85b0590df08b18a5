// PURE: which node a backup is taken from. Invariant: the primary only when it is asked for, or when no standby
// streams. Not here: taking it (take-backup.ts).
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {ClusterState} from '../model/topology.ts'

/**
 * `wanted`: a member's name, `primary` or `standby`; absent: a standby, not the synchronous one where there is another,
 * so that no commit waits for a busy disk.
 */
export function chooseSource(state: ClusterState, wanted?: string): string {
  const [standby] = streamingStandbys(state)
  if (wanted === undefined || wanted === 'standby') {
    const chosen = standby ?? (wanted === undefined ? state.primary : null)
    if (chosen !== null) return chosen
    throw new HlError('LAB_UNHEALTHY', 'no standby streams, and there is nobody else to take a backup from', {
      next: [hint('status'), hint('backups create', {flags: {from: 'primary'}})],
    })
  }
  if (wanted === 'primary') {
    if (state.primary !== null) return state.primary
    throw new HlError('LAB_UNHEALTHY', 'there is no primary', {
      next: [hint('status'), hint('backups create', {flags: {from: 'standby'}})],
    })
  }
  const member = state.members.find(({name}) => name === wanted)
  if (member === undefined)
    throw new HlError('NODE_UNKNOWN', `lab ${state.lab} has no member ${wanted}`, {
      next: [`it has ${state.members.map(({name}) => name).join(', ')}; or primary, standby`],
    })
  if (member.role === 'unknown')
    throw new HlError('LAB_UNHEALTHY', `${wanted} does not answer`, {
      next: [hint('status'), 'leave --from out: a standby that streams is taken'],
    })
  return wanted
}

/** The synchronous one last, so that no commit waits for one that is busy. */
export function streamingStandbys({members}: Pick<ClusterState, 'members'>): readonly string[] {
  return members
    .filter(({role, state}) => (role === 'standby' || role === 'sync standby') && state === 'streaming')
    .toSorted((a, b) => Number(a.role === 'sync standby') - Number(b.role === 'sync standby'))
    .map(({name}) => name)
}
