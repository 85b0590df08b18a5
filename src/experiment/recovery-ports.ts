// Backups and the ways back of an experiment, done as the commands do them. Invariant: nothing is done here that a
// person could not do by hl backups, hl restore and hl copy, but for what a control sabotages. The experiment holds the
// labs.
import {readArchive} from '../backup/read-archive.ts'
import {describeCandidate, type RestoredData} from '../backup/restore/restore-data.ts'
import {verifyRestored} from '../backup/restore/verify-restored.ts'
import {takeBackup} from '../backup/take-backup.ts'
import {checkStored} from '../backup/verify/verify-backup.ts'
import {docker} from '../lab/docker/local-docker.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {findLab, labVolumes} from '../lab/lifecycle/lab-inventory.ts'
import {requireNoLab, type RestoredLab} from '../lab/lifecycle/restored-lab.ts'
import {learnRates, predictRto} from '../measure/rates.ts'
import {formatLsn} from '../model/lsn.ts'
import type {Clock, Cluster, HistorySink, Load} from '../model/ports.ts'
import {restoredCluster, type RestoreFacts} from '../model/recovery-record.ts'
import type {Report} from '../model/report.ts'
import type {Disaster, RecoveryTarget} from '../model/scenario.ts'
import {prepareRestore, type PreparedRestore} from '../recovery/prepare-restore.ts'
import {bringBack, makeCopy, moveCopy, planCopy} from '../recovery/recovery-copy.ts'
import type {RecoveryPorts as UseCasePorts} from '../recovery/recovery-ports.ts'
import {dataInPlace} from '../recovery/restore-in-place.ts'
import {dataIntoNewLab} from '../recovery/restore-into-new-lab.ts'
import {statementDamage, type RestoreRequest as WantedRestore} from '../recovery/restore-request.ts'
import type {LabChoices} from './lab-choices.ts'
import {ownerSql} from './owner-sql.ts'
import {loseSegment, sabotageArchive, targetOverrideOf} from './sabotage-deeds.ts'
import {badStatement, victimTable} from './steps/victim.ts'
import type {CheckedBackup, OnPhase, RecoveryHooks, RecoveryPorts, RestoredCluster, RestoreRequest} from './world.ts'

/** The lab that comes back beside one. */
export const restoredName = (lab: string): string => `${lab}-restored`

export interface RecoveryWiring {
  readonly lab: ConnectedLab
  readonly up: LabChoices
  readonly clock: Clock
  readonly note: (text: string) => void
  /** A label of every backup that is taken. */
  readonly scenario: string
  /** A load on another cluster, whose rows are told from others' by the suffix. */
  readonly loadOf: (lab: ConnectedLab, primary: string | null, suffix: string, onOp: HistorySink) => Load
  readonly onOp: HistorySink
  /** What earlier runs let expect. */
  readonly earlier: () => readonly Report[]
  /** Told of a lab that was made. */
  readonly onLab: (lab: ConnectedLab) => void
}

export interface OpenRecoveryPorts {
  readonly ports: RecoveryPorts
  /** Ends the connections; never throws. */
  readonly close: () => Promise<void>
}

export function recoveryPorts(wiring: RecoveryWiring): OpenRecoveryPorts {
  const {lab, clock, note, scenario} = wiring
  const {cluster} = lab
  const connections = [ownerSql(lab)]
  const [own] = connections
  const sql: RecoveryPorts['sql'] = async text => (own ?? ownerSql(lab)).ask(text)
  return {
    close: async () => {
      for (const connection of connections) await connection.end()
    },
    ports: {
      sql,
      takeBackup: async (kind, {rate, signal}) =>
        takeBackup(cluster, clock, {
          kind,
          checkpoint: 'fast',
          compression: 'none',
          labels: [scenario],
          pinned: false,
          progress: note,
          signal,
          ...(rate === undefined ? {} : {rate}),
        }),
      checkBackups: async () => checkBackups(cluster),
      sabotage: async (sabotage, signal) => sabotageArchive(cluster, {clock, signal}, sabotage),
      restore: async (request, hooks) => {
        const {restored, connection} = await restoreLab(wiring, request, hooks)
        connections.push(connection)
        return restored
      },
      footprint: async () => ({
        own: await namesOf(cluster.lab),
        restored: await namesOf(restoredName(cluster.lab)),
      }),
      delayedCopy: async (delayMs, signal) => {
        const ports = useCase(wiring, {signal, onPhase: () => undefined})
        const {state, lsn} = await makeCopy(
          ports,
          cluster,
          await planCopy(ports, cluster, {delayMs}, 'archive'),
          delayMs,
        )
        return `${state.target}, at ${formatLsn(lsn)}`
      },
      recoverTable: async (from, disaster, hooks) => recoverTable(wiring, from, disaster, hooks),
      verify: async () => {
        const {primary} = await cluster.state()
        const checks = await verifyRestored(cluster, primary ?? cluster.members[0] ?? 'pg1')
        // It goes on along its own timeline.
        return checks.filter(({name}) => name !== 'own-timeline')
      },
    },
  }
}

async function namesOf(lab: string): Promise<readonly string[]> {
  const {services} = await findLab(docker, lab)
  return [...services.map(({container}) => container), ...(await labVolumes(docker, lab))]
}

function useCase({clock, note}: RecoveryWiring, {signal, onPhase}: RecoveryHooks): UseCasePorts {
  return {docker, clock, signal, note, onPhase}
}

async function checkBackups(cluster: Cluster): Promise<readonly CheckedBackup[]> {
  const checked: CheckedBackup[] = []
  for (const record of (await readArchive(cluster)).flatMap(({backups}) => backups))
    checked.push({id: record.id, ...(await checkStored(cluster, record))})
  return checked
}

async function restoreLab(
  wiring: RecoveryWiring,
  {target, into, disaster, sabotage}: RestoreRequest,
  hooks: RecoveryHooks,
): Promise<{readonly restored: RestoredCluster; readonly connection: ReturnType<typeof ownerSql>}> {
  const {lab, clock} = wiring
  const ports = useCase(wiring, hooks)
  const prepared = await decided(wiring, hooks.onPhase, async () =>
    prepareRestore(ports, lab.cluster, await wantedRestore(lab.cluster, target, disaster), {how: 'archive'}),
  )
  if (sabotage?.kind === 'segment-missing' && sabotage.when === 'after-plan')
    await loseSegment(lab.cluster, {clock, signal: hooks.signal}, prepared.listing)
  const made = await placeData(wiring, ports, prepared, into, targetOverrideOf(sabotage, prepared))
  // Commits wait for one standby there, beside the archive.
  if (made.lab.cluster.archive === 'sync') await made.startStandbys()
  return goOn(wiring, made, await factsOf(wiring, made.lab, prepared, made.restored))
}

async function decided<T>({clock}: RecoveryWiring, onPhase: OnPhase, decide: () => Promise<T>): Promise<T> {
  const fromMs = clock.nowMs()
  const decision = await decide()
  onPhase('decide', fromMs, clock.nowMs())
  return decision
}

async function placeData(
  {lab, up, clock, onLab}: RecoveryWiring,
  ports: UseCasePorts,
  prepared: PreparedRestore,
  into: RestoreRequest['into'],
  targetOverride: ReturnType<typeof targetOverrideOf>,
): Promise<RestoredLab<RestoredData>> {
  if (into === 'in-place')
    return dataInPlace(ports, prepared, lab, {
      discardCopy: false,
      ...(targetOverride === undefined ? {} : {targetOverride}),
    })
  const {lab: from, archive} = lab.cluster
  // The lab that runs, named as a person would name it: what refuses that to hl restore has to refuse it here.
  const wanted = {...up, name: into === 'running-lab' ? from : restoredName(from), settings: {}, archive}
  await requireNoLab(docker, {...wanted, clock})
  const made = await dataIntoNewLab(ports, prepared, {...wanted, from}, targetOverride)
  onLab(made.lab)
  return made
}

async function goOn(
  {loadOf, onOp}: RecoveryWiring,
  {lab, startStandbys}: RestoredLab<RestoredData>,
  facts: RestoreFacts,
): Promise<{readonly restored: RestoredCluster; readonly connection: ReturnType<typeof ownerSql>}> {
  const {cluster} = lab
  const {primary} = await cluster.state()
  const connection = ownerSql(lab)
  let lastError: string | null = null
  const load = loadOf(lab, primary, '-after', op => {
    if (op.error !== null) lastError = `${op.error.code ?? 'no code'}: ${op.error.message}`
    onOp({...op, cluster: restoredCluster})
  })
  let started = cluster.archive === 'sync'
  const restored: RestoredCluster = {
    cluster,
    facts,
    load,
    lastError: () => lastError,
    sql: connection.ask,
    startStandbys: async signal => {
      signal.throwIfAborted()
      if (!started) await startStandbys()
      started = true
    },
    finalState: async () => {
      const reader = loadOf(lab, primary, '', () => undefined)
      return reader.finalState().finally(async () => reader.close())
    },
    verify: async () => verifyRestored(cluster, primary ?? cluster.members[0] ?? 'pg1'),
  }
  return {restored, connection}
}

async function factsOf(
  {earlier}: Pick<RecoveryWiring, 'earlier'>,
  {cluster}: ConnectedLab,
  {plan}: PreparedRestore,
  {offending, copiedBytes, endLsn}: Pick<RestoredData, 'offending' | 'copiedBytes' | 'endLsn'>,
): Promise<RestoreFacts> {
  return {
    target: offending === null ? 'as far as the archive goes' : `just before ${describeCandidate(offending)}`,
    why: plan.why,
    chain: plan.chain,
    copiedBytes,
    replayedBytes: plan.wal.bytes,
    endLsn: formatLsn(endLsn),
    timeline: (await cluster.state()).timeline ?? 0,
    predictedMs: predictRto(learnRates(earlier()), {copyBytes: copiedBytes, replayBytes: plan.wal.bytes}),
  }
}

/** As `hl copy create --before-…` or `hl copy forward`, and then `hl copy table` do it. */
async function recoverTable(
  wiring: RecoveryWiring,
  from: 'archive' | 'delayed-copy',
  disaster: Disaster,
  hooks: RecoveryHooks,
): Promise<RestoreFacts> {
  const {lab, clock} = wiring
  const ports = useCase(wiring, hooks)
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

async function wantedRestore(
  cluster: Cluster,
  target: RecoveryTarget,
  disaster: Disaster | null,
): Promise<WantedRestore> {
  const latest = {target: {kind: 'latest'}} as const
  if (target === 'latest' || disaster === null) return {...latest, damage: null}
  if (disaster.kind === 'drop-table') return {...latest, damage: {kind: 'drop', table: victimTable}}
  return {...latest, damage: await statementDamage(cluster, badStatement)}
}
