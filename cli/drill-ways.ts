// The ways back of a drill, done as the commands do them: hl restore into a new lab or in place, hl copy. Invariant:
// nothing is done here that a person could not do by those.
// Not here: the steps and their order (src/drill), the lab's life (drill.ts).
import {readServerLogs} from '../src/backup/locate/read-logs.ts'
import {describeCandidate, type RestoredData} from '../src/backup/restore/restore-data.ts'
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
import {createCopy, forwardCopy, prepareDelayed, tableFromCopy} from './copy.ts'
import {aimOf, loseSegment} from './drill-controls.ts'
import {ownerSql} from './owner-sql.ts'
import {
  carryOut,
  carryOutInPlace,
  prepareRestore,
  type PreparedRestore,
  type RestoreHooks,
  type RestoreWish,
} from './restore.ts'
import {pastDrills} from '../src/experiment/store/stored-report.ts'
import {upOptions} from './wire.ts'

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
  const prepared = await prepareRestore(lab.cluster, clock, await wishOf(lab, target, disaster))
  onPhase('decide', decideMs, clock.nowMs())
  if (tampering?.kind === 'segment-missing' && tampering.when === 'after-plan')
    await loseSegment(lab.cluster, clock, prepared.listing)
  const aim = aimOf(tampering, prepared)
  const {
    lab: other,
    restored,
    startStandbys,
  } = await bringBack(ways, prepared, into, {onPhase, ...(aim === null ? {} : {aim})})
  // Commits wait for one standby there, beside the archive.
  if (other.cluster.archive === 'sync') await startStandbys()
  return restoredWorld(ways, other, await factsOf(ways, other, prepared, restored), startStandbys)
}

async function bringBack(
  {lab, settings, clock, signal, note, onRestored}: DrillWays,
  prepared: PreparedRestore,
  into: RestoreOrder['into'],
  hooks: RestoreHooks,
): Promise<RestoredLab<RestoredData>> {
  if (into === 'in-place')
    return carryOutInPlace(prepared, lab, {clock, signal, progress: note, discardCopy: false}, hooks)
  // The lab that runs, named as a person would name it: what refuses that to `hl restore` has to refuse it here.
  const name = into === 'running-lab' ? settings.lab : restoredName(settings.lab)
  const options = {
    ...upOptions({...settings, lab: name, archive: lab.cluster.archive}, {}),
    clock,
    signal,
    progress: note,
    from: settings.lab,
  }
  const made = await carryOut(prepared, clock, options, hooks)
  onRestored(made.lab)
  return made
}

async function factsOf(
  {settings}: DrillWays,
  {cluster}: ConnectedLab,
  {plan}: PreparedRestore,
  {culprit, copiedBytes, endLsn}: RestoredData,
): Promise<RestoreFacts> {
  return {
    target: culprit === null ? 'as far as the archive goes' : `just before ${describeCandidate(culprit)}`,
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
export async function delayedCopy({lab, clock}: DrillWays, delayMs: number): Promise<string> {
  const prepared = await prepareDelayed(lab.cluster, clock, delayMs)
  const {state, lsn} = await createCopy(lab, clock, prepared, delayMs, {onPhase: () => undefined})
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
  const wish = await wishOf(lab, 'before-disaster', disaster)
  const prepared = await prepareRestore(lab.cluster, clock, wish)
  onPhase('decide', decideMs, clock.nowMs())
  const {culprit, copiedBytes, lsn} =
    from === 'archive'
      ? await createCopy(lab, clock, prepared, null, {onPhase})
      : await forwardCopy(lab, clock, wish, {onPhase})
  const tableMs = clock.nowMs()
  await tableFromCopy(lab, victimTable)
  onPhase('bring-table', tableMs, clock.nowMs())
  const facts = await factsOf(ways, lab, prepared, {culprit, copiedBytes, endLsn: lsn, lastCommit: null, said: []})
  // A copy that was there already spared the most of what is learned from other drills.
  return from === 'archive' ? facts : {...facts, predictedMs: null}
}

async function wishOf({cluster}: ConnectedLab, target: DrillTarget, disaster: Disaster | null): Promise<RestoreWish> {
  const latest = {target: {kind: 'latest'}} as const
  if (target === 'latest' || disaster === null) return {...latest, damage: null}
  if (disaster.kind === 'drop-table') return {...latest, damage: {kind: 'drop', table: victimTable}}
  return {...latest, damage: {kind: 'statement', pattern: badStatement, logs: await readServerLogs(cluster)}}
}
