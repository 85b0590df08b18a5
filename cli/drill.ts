// `hl drill`, whole: a lab of its own with an archive, the drill, the restored lab beside it, the report, and both labs
// away again. Invariant: a drill never touches a lab that was there before, since it destroys what it works on. Not
// here: the steps (src/drill), flags (commands/drill.ts).
import {readArchive} from '../src/backup/read-archive.ts'
import {takeBackup} from '../src/backup/take-backup.ts'
import {verifyRestored} from '../src/backup/restore/verify-restored.ts'
import {checkStored} from '../src/backup/verify/verify-backup.ts'
import {collectLogs} from '../src/lab/docker/collect-logs.ts'
import {hostFacts} from '../src/lab/host/host-facts.ts'
import {hostSampler} from '../src/lab/host/host-sample.ts'
import type {ConnectedLab} from '../src/lab/lifecycle/connect-lab.ts'
import {downLab} from '../src/lab/lifecycle/down-lab.ts'
import {whileLocked} from '../src/lab/lifecycle/lock.ts'
import {requireNoLab} from '../src/lab/lifecycle/restored-lab.ts'
import {untilHealthy, upLab} from '../src/lab/lifecycle/up-lab.ts'
import {labObserver} from '../src/lab/observe/observe.ts'
import type {Settings} from '../src/config/fields.ts'
import type {CheckedBackup, DrillWorld} from '../src/drill/drill-world.ts'
import {runDrill} from '../src/drill/run-drill.ts'
import type {Drill, DrillReport} from '../src/model/drill.ts'
import type {EventSink, Load} from '../src/model/ports.ts'
import {defaultLoad} from '../src/model/scenario.ts'
import {redact} from '../src/report/redact.ts'
import {seededRandom} from '../src/experiment/random.ts'
import {readConfig} from '../src/experiment/read-config.ts'
import {createRun, type OpenRunFolder} from '../src/experiment/store/run-folder.ts'
import {newRunId} from '../src/experiment/store/run-id.ts'
import {createLoad, type LoadOptions} from '../src/load/load.ts'
import {tamperWith} from './drill-controls.ts'
import {delayedCopy, recoverTable, restoredName, restoreLab, type DrillWays} from './drill-ways.ts'
import {monotonicClock} from '../src/waiting/monotonic-clock.ts'
import {ownerSql} from './owner-sql.ts'
import {judgeStoredDrill, writeReports} from '../src/experiment/store/stored-report.ts'
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

/**
 * Runs one drill and returns its report. Errors: LAB_SETTINGS_DIFFER when a lab of either name is there, those of
 * upLab, INTERRUPTED.
 */
export async function drillOnce(options: DrillOptions): Promise<DrillReport> {
  const {settings, keep, note, signal, drill} = options
  const names = [settings.lab, restoredName(settings.lab)]
  const what = `hl drill --scenario ${drill.name}`
  return whileLocked(docker, {lab: settings.lab, what}, async () =>
    whileLocked(docker, {lab: restoredName(settings.lab), what}, async () => {
      // Before the first thing is made: what is there now is somebody's, what is there afterwards is the drill's own.
      for (const lab of names) await requireNoLab(docker, upOptions({...settings, lab, archive: null}, {}))
      try {
        note(
          `bringing up lab "${settings.lab}" with archive ${drill.archive}${keep ? '' : '; it and the restored one are taken down afterwards (--keep leaves them)'}`,
        )
        const {lab} = await upLab(docker, {
          ...upOptions({...settings, archive: drill.archive}, {}),
          progress: note,
          signal,
        })
        return await drillIn(lab, options)
      } finally {
        if (!keep) await Promise.all(names.map(async lab => takeDown(lab, note)))
      }
    }),
  )
}

/** One that cannot be taken down keeps neither the other nor the report from being dealt with. */
async function takeDown(lab: string, note: (text: string) => void): Promise<void> {
  await downLab(docker, lab, {volumes: true}).catch((error: unknown) =>
    note(
      `lab "${lab}" could not be taken down: ${error instanceof Error ? error.message : String(error)}; hl down --lab ${lab} --volumes --confirm ${lab}`,
    ),
  )
}

async function drillIn(
  lab: ConnectedLab,
  {drill, settings, seed, watch, signal, note}: DrillOptions,
): Promise<DrillReport> {
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
  const loadOf = (of: ConnectedLab, name: string, onOp: LoadOptions['onOp']): Load =>
    createLoad({
      endpoints: of.endpoints,
      secrets: of.secrets,
      load: spec,
      through: 'router',
      directTo: null,
      run: name,
      clock,
      random: seededRandom(seed + 1),
      onOp,
      emit,
    })
  const load = loadOf(lab, run, op => folder.appendOp(op))
  const sql = ownerSql(lab)
  const restored: ConnectedLab[] = []
  const ways: DrillWays = {
    lab,
    settings,
    clock,
    signal,
    note,
    onRestored: other => restored.push(other),
    loadOf: (other, suffix, onOp) => loadOf(other, `${run}${suffix}`, onOp),
  }
  const world: DrillWorld = {
    cluster: lab.cluster,
    load,
    observer: labObserver(lab.clients, clock, hostSampler()),
    clock,
    emit,
    signal,
    sql: sql.ask,
    takeBackup: async (kind, rate) =>
      takeBackup(lab.cluster, clock, {
        kind,
        checkpoint: 'fast',
        compression: 'none',
        labels: [drill.name],
        pinned: false,
        ...(rate === undefined ? {} : {rate}),
      }),
    checkBackups: async () => checkBackups(lab),
    tamper: async tampering => tamperWith(lab.cluster, clock, tampering),
    restore: async (order, onPhase) => restoreLab(ways, order, onPhase),
    delayedCopy: async delayMs => delayedCopy(ways, delayMs),
    recoverTable: async (from, disaster, onPhase) => recoverTable(ways, from, disaster, onPhase),
    verify: async () =>
      (await verifyRestored(lab.cluster, (await lab.cluster.state()).primary ?? primary)).filter(
        ({name}) => name !== 'own-timeline',
      ),
    untilHealthy: async () => {
      await untilHealthy(lab, clock, {signal, withinMs: 600_000})
    },
    save: record => folder.saveFile('record.json', `${JSON.stringify(record, null, 2)}\n`),
  }
  try {
    await load.prepare()
    await runDrill(drill, world, {
      run,
      seed,
      startedAt,
      config: await readConfig(lab.cluster, primary, spec),
      host: await hostFacts(docker),
    })
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

async function checkBackups({cluster}: ConnectedLab): Promise<readonly CheckedBackup[]> {
  const checked: CheckedBackup[] = []
  for (const record of (await readArchive(cluster)).flatMap(({backups}) => backups)) {
    const answer = await checkStored(cluster, record)
    checked.push({id: record.id, ...answer})
  }
  return checked
}

async function saveLogs(folder: OpenRunFolder, lab: ConnectedLab, sinceIso: string): Promise<void> {
  const {cluster, description} = lab
  const logs = await collectLogs(
    cluster,
    description.services.map(service => service.name),
    sinceIso,
  )
  for (const [service, text] of Object.entries(logs))
    folder.saveFile(`logs/${cluster.lab}-${service}.log`, redact(text, secretsOf(lab)))
}

function secretsOf({secrets}: ConnectedLab): readonly string[] {
  return [secrets.app, secrets.readonly, secrets.monitoring, secrets.migrations, secrets.restapi, secrets.etcd]
}
