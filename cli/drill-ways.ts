// The ways back of a drill, done as the commands do them: hl restore into a new lab or in place, hl copy. Invariant:
// nothing is done here that a person could not do by those.
// Not here: the steps and their order (src/drill), the lab's life (drill.ts).
import {readServerLogs} from '../src/backup/locate/read-logs.ts'
import {describeCandidate, type RestoredData, type RestoreJob} from '../src/backup/restore/restore-data.ts'
import {verifyRestored} from '../src/backup/restore/verify-restored.ts'
import type {ConnectedLab} from '../src/lab/lifecycle/connect-lab.ts'
import type {RestoredLab} from '../src/lab/lifecycle/restored-lab.ts'
import {untilHealthy} from '../src/lab/lifecycle/up-lab.ts'
import type {Settings} from '../src/config/fields.ts'
import type {OnPhase, RestoredWorld, RestoreOrder} from '../src/drill/drill-world.ts'
import {badStatement, victimTable} from '../src/drill/victim.ts'
import {learnRates, predictRto} from '../src/measure/drill/rates.ts'
import type {Disaster, DrillTarget, RestoreFacts} from '../src/model/drill.ts'
import {formatLsn} from '../src/model/lsn.ts'
import type {Clock, Load} from '../src/model/ports.ts'
import type {LoadOptions} from '../src/load/load.ts'
import {prepareRestore, type PreparedRestore} from '../src/recovery/prepare-restore.ts'
import {bringBack as bringTableBack, makeCopy, moveCopy, planCopy} from '../src/recovery/recovery-copy.ts'
import type {RecoveryPorts} from '../src/recovery/recovery-ports.ts'
import {dataInPlace} from '../src/recovery/restore-in-place.ts'
import {dataIntoNewLab} from '../src/recovery/restore-into-new-lab.ts'
import type {RestoreRequest} from '../src/recovery/restore-request.ts'
import {targetOverrideOf, loseSegment} from './drill-controls.ts'
import {ownerSql} from './owner-sql.ts'
import {pastDrills} from './stored-report.ts'
import {docker, upOptions} from './wire.ts'

export interface DrillWays {
  readonly lab: ConnectedLab
  readonly settings: Settings
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly note: (text: string) => void
  /** Told of a lab that was made. */
  readonly onRestored: (lab: ConnectedLab) => void
  readonly loadOf: (lab: ConnectedLab, suffix: string, onOp: LoadOptions['onOp']) => Load
}

/** The lab that comes back. */
export const restoredName = (lab: string): string => `${lab}-restored`

/** As `hl restore` does it, with the phases told. */
export async function restoreLab(
  ways: DrillWays,
  {target, into, disaster, tampering}: RestoreOrder,
  onPhase: OnPhase,
): Promise<RestoredWorld> {
  const {lab, clock} = ways
  const decideMs = clock.nowMs()
  const prepared = await prepareRestore(portsOf(ways, onPhase), lab.cluster, await requestOf(lab, target, disaster))
  onPhase('decide', decideMs, clock.nowMs())
  if (tampering?.kind === 'segment-missing' && tampering.when === 'after-plan')
    await loseSegment(lab.cluster, clock, prepared.listing)
  const targetOverride = targetOverrideOf(tampering, prepared)
  const {
    lab: other,
    restored,
    startStandbys,
  } = await bringBack(ways, prepared, into, {onPhase, targetOverride: targetOverride ?? undefined})
  // Commits wait for one standby there, beside the archive.
  if (other.cluster.archive === 'sync') await startStandbys()
  return restoredWorld(ways, other, await factsOf(ways, other, prepared, restored), startStandbys)
}

const portsOf = ({clock, signal, note}: DrillWays, onPhase: OnPhase): RecoveryPorts => ({
  docker,
  clock,
  signal,
  note,
  onPhase,
})

async function bringBack(
  ways: DrillWays,
  prepared: PreparedRestore,
  into: RestoreOrder['into'],
  {onPhase, targetOverride}: {readonly onPhase: OnPhase; readonly targetOverride: RestoreJob['targetOverride']},
): Promise<RestoredLab<RestoredData>> {
  const {lab, settings, onRestored} = ways
  const ports = portsOf(ways, onPhase)
  if (into === 'in-place') return dataInPlace(ports, prepared, lab, {discardCopy: false, targetOverride})
  // The lab that runs, named as a person would name it: what refuses that to `hl restore` has to refuse it here.
  const name = into === 'running-lab' ? settings.lab : restoredName(settings.lab)
  const options = {...upOptions({...settings, lab: name, archive: lab.cluster.archive}, {}), from: settings.lab}
  const made = await dataIntoNewLab(ports, prepared, options, targetOverride)
  onRestored(made.lab)
  return made
}

async function factsOf(
  {settings}: DrillWays,
  {cluster}: ConnectedLab,
  {plan}: PreparedRestore,
  {offending, copiedBytes, endLsn}: RestoredData,
): Promise<RestoreFacts> {
  return {
    target: offending === null ? 'as far as the archive goes' : `just before ${describeCandidate(offending)}`,
    why: plan.why,
    chain: plan.chain,
    copiedBytes,
    replayedBytes: plan.wal.bytes,
    endLsn: formatLsn(endLsn),
    timeline: (await cluster.state()).timeline ?? 0,
    predictedMs: predictRto(learnRates(pastDrills(settings.runs)), {
      copyBytes: copiedBytes,
      replayBytes: plan.wal.bytes,
    }),
  }
}

async function restoredWorld(
  {clock, signal, loadOf}: DrillWays,
  other: ConnectedLab,
  facts: RestoreFacts,
  startStandbys: () => Promise<void>,
): Promise<RestoredWorld> {
  const {primary} = await other.cluster.state()
  const sql = ownerSql(other)
  let lastError: string | null = null
  const load = loadOf(other, '-after', ({error}) => {
    if (error !== null) lastError = `${error.code ?? 'no code'}: ${error.message}`
  })
  return {
    cluster: other.cluster,
    facts,
    load,
    lastError: () => lastError,
    sql: sql.ask,
    finalState: async () => {
      const reader = loadOf(other, '', () => undefined)
      await sql.end()
      return reader.finalState().finally(async () => reader.close())
    },
    verify: async () => verifyRestored(other.cluster, primary ?? 'pg1'),
    untilHealthy: async () => {
      await startStandbys()
      await untilHealthy(other, clock, {signal})
    },
  }
}

/** As `hl copy create --delay` does it. */
export async function delayedCopy(ways: DrillWays, delayMs: number): Promise<string> {
  const {cluster} = ways.lab
  const ports = portsOf(ways, () => undefined)
  const {state, lsn} = await makeCopy(ports, cluster, await planCopy(ports, cluster, {delayMs}), delayMs)
  return `${state.target}, at ${formatLsn(lsn)}`
}

/** As `hl copy create --before-…` or `hl copy forward`, and then `hl copy table` do it. */
export async function recoverTable(
  ways: DrillWays,
  from: 'archive' | 'delayed-copy',
  disaster: Disaster,
  onPhase: OnPhase,
): Promise<RestoreFacts> {
  const {lab, clock} = ways
  const decideMs = clock.nowMs()
  const request = await requestOf(lab, 'before-disaster', disaster)
  const ports = portsOf(ways, onPhase)
  const prepared = await prepareRestore(ports, lab.cluster, request)
  onPhase('decide', decideMs, clock.nowMs())
  const {offending, copiedBytes, lsn} =
    from === 'archive'
      ? await makeCopy(ports, lab.cluster, prepared, null)
      : await moveCopy(ports, lab.cluster, request)
  const tableMs = clock.nowMs()
  await bringTableBack(ports, lab, victimTable)
  onPhase('bring-table', tableMs, clock.nowMs())
  const facts = await factsOf(ways, lab, prepared, {offending, copiedBytes, endLsn: lsn, lastCommit: null, said: []})
  // A copy that was there already spared the most of what is learned from other drills.
  return from === 'archive' ? facts : {...facts, predictedMs: null}
}

async function requestOf(
  {cluster}: ConnectedLab,
  target: DrillTarget,
  disaster: Disaster | null,
): Promise<RestoreRequest> {
  const latest = {target: {kind: 'latest'}} as const
  if (target === 'latest' || disaster === null) return {...latest, damage: null}
  if (disaster.kind === 'drop-table') return {...latest, damage: {kind: 'drop', table: victimTable}}
  return {...latest, damage: {kind: 'statement', pattern: badStatement, logs: await readServerLogs(cluster)}}
}
