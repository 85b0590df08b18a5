// The victim table brought back into the cluster that goes on, as hl copy create --before-… or hl copy forward, and
// then hl copy table do it.
import type {RestoreFacts} from '../../model/recovery-record.ts'
import type {Disaster, StepOf} from '../../model/scenario.ts'
import {prepareRestore} from '../../recovery/prepare-restore.ts'
import {bringBack, makeCopy, moveCopy} from '../../recovery/recovery-copy.ts'
import {victimTable} from '../steps/victim.ts'
import type {RecoveryHooks} from '../world.ts'
import {factsOf, wantedRestore} from './restore-lab.ts'
import {decided, useCasePorts, type RecoveryWiring} from './wiring.ts'

export async function recoverTable(
  wiring: RecoveryWiring,
  from: StepOf<'recover-table'>['from'],
  disaster: Disaster,
  hooks: RecoveryHooks,
): Promise<RestoreFacts> {
  const {lab, clock} = wiring
  const ports = useCasePorts(wiring, hooks)
  const {wanted, prepared} = await decided(wiring, hooks.onPhase, async () => {
    const request = await wantedRestore(lab.cluster, 'before-disaster', disaster)
    return {wanted: request, prepared: await prepareRestore(ports, lab.cluster, request, {how: 'archive'})}
  })
  const {offending, copiedBytes, lsn} =
    from === 'archive' ? await makeCopy(ports, lab.cluster, prepared, null) : await moveCopy(ports, lab.cluster, wanted)
  const tableMs = clock.nowMs()
  await bringBack(ports, lab, victimTable)
  hooks.onPhase('bring-table', tableMs, clock.nowMs())
  const facts = await factsOf(wiring, lab, prepared, {offending, copiedBytes, endLsn: lsn})
  // A copy that was there already spared the most of what is learned from other runs.
  return from === 'archive' ? facts : {...facts, predictedMs: null}
}
