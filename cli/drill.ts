// `hl drill`, whole: a lab of its own with an archive, the drill, the restored lab beside it, the report, and both labs away again. Invariant: a drill never touches a lab that was
// there before, since it destroys what it works on. Not here: the steps (src/drill), flags (commands/drill.ts).
import {readServerLogs} from '../src/backup/locate/read-logs.ts'
import {takeBackup} from '../src/backup/take-backup.ts'
import {formatLsn} from '../src/model/lsn.ts'
import {verifyRestored} from '../src/backup/restore/verify-restored.ts'
import {describeCandidate} from '../src/backup/restore/restore-data.ts'
import {collectLogs} from '../src/cluster/docker/collect-logs.ts'
import {hostFacts} from '../src/cluster/host/host-facts.ts'
import {hostSampler} from '../src/cluster/host/host-sample.ts'
import type {ConnectedLab} from '../src/cluster/lab/connect-lab.ts'
import {downLab} from '../src/cluster/lab/down-lab.ts'
import {whileLocked} from '../src/cluster/lab/lock.ts'
import {requireNoLab} from '../src/cluster/lab/restored-lab.ts'
import {untilHealthy, upLab} from '../src/cluster/lab/up-lab.ts'
import {labObserver} from '../src/cluster/observe.ts'
import type {Settings} from '../src/config/fields.ts'
import type {DrillWorld, OnPhase, RestoredWorld} from '../src/drill/drill-world.ts'
import {runDrill} from '../src/drill/run-drill.ts'
import {badStatement, victimTable} from '../src/drill/victim.ts'
import {learnRates, predictRto} from '../src/measure/drill/rates.ts'
import type {Disaster, Drill, DrillReport, DrillTarget, RestoreFacts, Tampering} from '../src/model/drill.ts'
import type {Clock, EventSink, Load} from '../src/model/ports.ts'
import {defaultLoad} from '../src/model/scenario.ts'
import {redact} from '../src/report/redact.ts'
import {seededRandom} from '../src/runner/random.ts'
import {readConfig} from '../src/runner/read-config.ts'
import {createRun, type OpenRunFolder} from '../src/runner/run-folder.ts'
import {newRunId} from '../src/runner/run-id.ts'
import {createLoad, type LoadOptions} from '../src/workload/load.ts'
import {aimOf, tamperWith} from './drill-controls.ts'
import {monotonicClock} from './monotonic-clock.ts'
import {ownerSql} from './owner-sql.ts'
import {carryOut, prepareRestore, type RestoreWish} from './restore.ts'
import {judgeStoredDrill, pastDrills, writeReports} from './stored-report.ts'
import {docker, upOptions} from './wire.ts'

export interface DrillOptions {
  readonly drill: Drill
  readonly settings: Settings
  readonly seed: number
  readonly keep: boolean
  readonly watch: EventSink
  readonly note: (text: string) => void
  readonly signal: AbortSignal
}

/** The lab that comes back. */
const restoredName = (lab: string): string => `${lab}-restored`

/** Runs one drill and returns its report. Errors: LAB_SETTINGS_DIFFER when a lab of either name is there, those of upLab, INTERRUPTED. */
export async function drillOnce(options: DrillOptions): Promise<DrillReport> {
  const {settings, keep, note, signal, drill} = options
  const names = [settings.lab, restoredName(settings.lab)]
  const what = `hl drill --scenario ${drill.name}`
  return whileLocked(docker, {lab: settings.lab, what}, async () => whileLocked(docker, {lab: restoredName(settings.lab), what}, async () => {
    // Before the first thing is made: what is there now is somebody's, what is there afterwards is the drill's own.
    for (const lab of names) await requireNoLab(docker, upOptions({...settings, lab, archive: null}, {}))
    try {
      note(`bringing up lab "${settings.lab}" with archive ${drill.archive}${keep ? '' : '; it and the restored one are taken down afterwards (--keep leaves them)'}`)
      const {lab} = await upLab(docker, {...upOptions({...settings, archive: drill.archive}, {}), progress: note, signal})
      return await drillIn(lab, options)
    } finally {
      if (!keep) await Promise.all(names.map(async lab => takeDown(lab, note)))
    }
  }))
}

/** One that cannot be taken down keeps neither the other nor the report from being dealt with. */
async function takeDown(lab: string, note: (text: string) => void): Promise<void> {
  await downLab(docker, lab, {volumes: true}).catch((error: unknown) => note(`lab "${lab}" could not be taken down: ${error instanceof Error ? error.message : String(error)}; hl down --lab ${lab} --volumes --confirm ${lab}`))
}

async function drillIn(lab: ConnectedLab, {drill, settings, seed, watch, signal, note}: DrillOptions): Promise<DrillReport> {
  const clock = monotonicClock()
  const startedAt = clock.wallTime()
  const run = newRunId(startedAt, seededRandom(process.pid + Math.floor(performance.now())))
  const folder = createRun(settings.runs, run)
  const emit: EventSink = event => {
    folder.appendEvent(event)
    watch(event)
  }
  const primary = await untilHealthy(lab, clock, {signal})
  const spec = {...defaultLoad, pinnedWritesPerSecond: 0, ...drill.load}
  const loadOf = (of: ConnectedLab, name: string, onOp: LoadOptions['onOp']): Load => createLoad({endpoints: of.endpoints, secrets: of.secrets, load: spec, through: 'router', directTo: null, run: name, clock, random: seededRandom(seed + 1), onOp, emit})
  const load = loadOf(lab, run, op => folder.appendOp(op))
  const sql = ownerSql(lab)
  const restored: ConnectedLab[] = []
  const world: DrillWorld = {
    cluster: lab.cluster, load, observer: labObserver(lab.clients, clock, hostSampler()), clock, emit, signal, sql: sql.ask,
    takeBackup: async kind => takeBackup(lab.cluster, clock, {kind, checkpoint: 'fast', compression: 'none', labels: [drill.name], pinned: false}),
    tamper: async tampering => tamperWith(lab.cluster, clock, tampering),
    restore: async (target, disaster, tampering, onPhase) => restoreLab({lab, settings, clock, signal, note, target, disaster, tampering, onPhase, onRestored: other => restored.push(other), loadOf: (other, suffix, onOp) => loadOf(other, `${run}${suffix}`, onOp)}),
    save: record => folder.saveFile('record.json', `${JSON.stringify(record, null, 2)}\n`),
  }
  try {
    await load.prepare()
    await runDrill(drill, world, {run, seed, startedAt, config: await readConfig(lab.cluster, primary, spec), host: await hostFacts(docker)})
    for (const other of [lab, ...restored]) await saveLogs(folder, other, startedAt)
  } finally {
    await sql.end()
    folder.close()
  }
  signal.throwIfAborted()
  const report = judgeStoredDrill(settings.runs, run)
  watch({kind: 'run.done', atMs: clock.nowMs(), verdict: report.verdict})
  writeReports((name, text) => folder.saveFile(name, text), report, [lab, ...restored].flatMap(secretsOf))
  return report
}

interface RestoreOrder {
  readonly lab: ConnectedLab
  readonly settings: Settings
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly note: (text: string) => void
  readonly target: DrillTarget
  readonly disaster: Disaster | null
  readonly tampering: Tampering | null
  readonly onPhase: OnPhase
  readonly onRestored: (lab: ConnectedLab) => void
  readonly loadOf: (lab: ConnectedLab, suffix: string, onOp: LoadOptions['onOp']) => Load
}

/** As `hl restore` does it, with the phases told. */
async function restoreLab({lab, settings, clock, signal, note, target, disaster, tampering, onPhase, onRestored, loadOf}: RestoreOrder): Promise<RestoredWorld> {
  const decideMs = clock.nowMs()
  const prepared = await prepareRestore(lab.cluster, clock, await wishOf(lab, target, disaster))
  onPhase('decide', decideMs, clock.nowMs())
  const options = {...upOptions({...settings, lab: restoredName(settings.lab), archive: lab.cluster.archive}, {}), clock, signal, progress: note, from: settings.lab}
  const aim = aimOf(tampering, prepared)
  const {lab: other, restored, startStandbys} = await carryOut(prepared, clock, options, {onPhase, ...(aim === null ? {} : {aim})})
  onRestored(other)
  // Commits wait for one standby there, beside the archive.
  if (other.cluster.archive === 'sync') await startStandbys()
  const {primary, timeline} = await other.cluster.state()
  const facts: RestoreFacts = {
    target: restored.culprit === null ? 'as far as the archive goes' : `just before ${describeCandidate(restored.culprit)}`,
    why: prepared.plan.why, chain: prepared.plan.chain, copiedBytes: restored.copiedBytes, replayedBytes: prepared.plan.wal.bytes,
    endLsn: formatLsn(restored.endLsn), timeline: timeline ?? 0,
    predictedMs: predictRto(learnRates(pastDrills(settings.runs)), {copyBytes: restored.copiedBytes, replayBytes: prepared.plan.wal.bytes}),
  }
  const sql = ownerSql(other)
  let lastError: string | null = null
  const load = loadOf(other, '-after', ({error}) => {
    if (error !== null) lastError = `${error.code ?? 'no code'}: ${error.message}`
  })
  return {
    cluster: other.cluster, facts, load, lastError: () => lastError, sql: sql.ask,
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

async function wishOf({cluster}: ConnectedLab, target: DrillTarget, disaster: Disaster | null): Promise<RestoreWish> {
  const latest = {target: {kind: 'latest'}} as const
  if (target === 'latest' || disaster === null) return {...latest, damage: null}
  if (disaster.kind === 'drop-table') return {...latest, damage: {kind: 'drop', table: victimTable}}
  return {...latest, damage: {kind: 'statement', pattern: badStatement, logs: await readServerLogs(cluster)}}
}

async function saveLogs(folder: OpenRunFolder, lab: ConnectedLab, sinceIso: string): Promise<void> {
  const {cluster, description} = lab
  const logs = await collectLogs(cluster, description.services.map(service => service.name), sinceIso)
  for (const [service, text] of Object.entries(logs)) folder.saveFile(`logs/${cluster.lab}-${service}.log`, redact(text, secretsOf(lab)))
}

function secretsOf({secrets}: ConnectedLab): readonly string[] {
  return [secrets.app, secrets.readonly, secrets.monitoring, secrets.migrations, secrets.restapi, secrets.etcd]
}
