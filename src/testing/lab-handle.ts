// The lab of a test, of one cluster or of shards: what is done to all of it. Invariant: it holds no lock between two
// calls, so that `hl status --lab <name>` and the rest work on it too; after stop() everything is gone, whatever state
// it was in. Not here: one cluster (cluster-handle.ts), making a lab (start-lab.ts), measuring (measure-requests.ts).
import {runExperiment} from '../experiment/run-experiment.ts'
import {atShard, type ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {ownerLabels} from '../lab/lifecycle/lab-owner.ts'
import {untilHealthy} from '../lab/lifecycle/until-healthy.ts'
import type {BackupRecord} from '../model/backup.ts'
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import type {Clock} from '../model/ports.ts'
import type {Report} from '../model/report.ts'
import type {Scenario} from '../model/scenario.ts'
import type {RecoveryPorts} from '../recovery/recovery-ports.ts'
import {ClusterHandle} from './cluster-handle.ts'
import type {ClusterPorts} from './cluster-ports.ts'
import {durationMs, type Duration} from './duration.ts'
import {Journal} from './journal.ts'
import {keepFailed, reportOf} from './keep-measured.ts'
import type {KeepPlace} from './keep-run.ts'
import type {Keep, MeasureOptions, ShardedMeasureOptions} from './measure-options.ts'
import {measureRequests} from './measure-requests.ts'
import type {MeasuredReport} from './measured-report.ts'
import {OneAtATime} from './one-at-a-time.ts'
import {
  backUp,
  restoreHere,
  restoreInto,
  type RestoreTo,
  type TestBackupOptions,
  type TestRestore,
} from './recover-cluster.ts'
import {testScenario} from './test-scenario.ts'
import type {Watched} from './watch-clusters.ts'

/** How a scenario is run. */
export interface RunScenarioOptions {
  /** Draws the moment of the fault; drawn by chance unless told, and in the report. */
  readonly seed?: number
  /** Where the run's folder is made; `.hl/runs` unless told. */
  readonly runs?: string
}

export interface StartedOptions {
  readonly lab: ConnectedLab
  /** The primary of each cluster when it was seen healthy, in their order. */
  readonly primaries: readonly string[]
  readonly ports: ClusterPorts
  /** It goes at the end: it was made for this test. */
  readonly isOwn: boolean
  /** Where folders of runs are made. */
  readonly runs: string
  /** When those of measurements are kept, unless a measurement says it. */
  readonly keep: Keep
}

export class LabHandle {
  readonly name: string
  readonly lab: ConnectedLab
  readonly ports: ClusterPorts
  readonly clock: Clock
  readonly #first: ClusterHandle
  readonly #clusters: readonly ClusterHandle[]
  readonly #isOwn: boolean
  readonly #runs: string
  readonly #keep: Keep
  readonly #ending = new AbortController()
  #journal: Journal | undefined
  #stopped: Promise<void> | null = null

  constructor({lab, primaries, ports, isOwn, runs, keep}: StartedOptions) {
    this.name = lab.cluster.lab
    this.lab = lab
    this.ports = ports
    this.clock = ports.newClock()
    this.#isOwn = isOwn
    this.#runs = runs
    this.#keep = keep
    const line = new OneAtATime()
    const handleOf = (at: ConnectedLab, index: number): ClusterHandle =>
      new ClusterHandle({
        lab: at,
        primary: primaries[index] ?? '',
        ports,
        clock: this.clock,
        signal: this.#ending.signal,
        line,
      })
    this.#first = handleOf(lab, 0)
    const {clusters} = lab
    this.#clusters =
      clusters.length < 2
        ? [this.#first]
        : clusters.map(({cluster}, index) =>
            index === 0 ? this.#first : handleOf(atShard(lab, {shard: cluster.name}), index),
          )
  }

  /** In the order of their names. LAB_MISSING after stop(). */
  get clusters(): readonly ClusterHandle[] {
    this.requireRunning()
    return this.#clusters
  }

  /** The first, in most labs the only one. LAB_MISSING after stop(). */
  get cluster(): ClusterHandle {
    this.requireRunning()
    return this.#first
  }

  /** Aborted by stop(). */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  /** LAB_MISSING after stop(). */
  requireRunning(): void {
    this.#ending.signal.throwIfAborted()
  }

  /** Undoes what was injected, in all clusters; each is tried. */
  async heal({isStep = true}: {readonly isStep?: boolean} = {}): Promise<void> {
    const healed = await Promise.allSettled(this.#clusters.map(async ({desk}) => desk.heal({isStep})))
    for (const one of healed) if (one.status === 'rejected') throw one.reason
  }

  /** LAB_UNHEALTHY. */
  async awaitHealthy(within: Duration): Promise<void> {
    const clock = this.#journal?.clock ?? this.clock
    const endMs = clock.nowMs() + durationMs(within, 'within')
    const leftMs = (): number => Math.max(1, endMs - clock.nowMs())
    const {clusters} = this
    await Promise.all(clusters.map(async cluster => cluster.awaitWayBack(leftMs())))
    await this.heal()
    await Promise.all(clusters.map(async cluster => cluster.awaitWhole(leftMs())))
  }

  /** Errors: SCENARIO_UNKNOWN, SCENARIO_INVALID, and those of the run. */
  async run(scenario: string | Scenario, {seed, runs = this.#runs}: RunScenarioOptions): Promise<Report> {
    const {clusters} = this
    const report = await runExperiment({
      scenario: testScenario(scenario),
      lab: this.name,
      runsRoot: runs,
      repeat: 1,
      seed: seed ?? this.ports.drawSeed(),
      through: 'router',
      overrides: {},
      keep: true,
      up: {},
      watch: () => undefined,
      note: () => undefined,
      signal: this.#ending.signal,
    })
    await Promise.all(clusters.map(async cluster => cluster.lookAgain()))
    return report
  }

  /** Errors: those of createBackup. */
  async backup(options: TestBackupOptions): Promise<BackupRecord> {
    return backUp(this.#recovery(), this.cluster.lab, options)
  }

  /** In its place. Errors: those of restoreInPlace, RESTORE_FAILED. */
  async restore(target: RestoreTo): Promise<TestRestore> {
    const {cluster} = this
    try {
      return await restoreHere(this.#recovery(), cluster.lab, target)
    } finally {
      if (!this.#ending.signal.aborted) await cluster.lookAgain()
    }
  }

  /** As a lab of its own, which belongs to this process too. Errors: those of restoreIntoNewLab, RESTORE_FAILED. */
  async restoreBeside(target: RestoreTo): Promise<LabHandle> {
    const {lab} = this.cluster
    const name = this.ports.drawName()
    const {archive, encrypted} = lab.cluster
    const labels = ownerLabels(await this.ports.owner(`a test (${this.ports.drawRun()})`))
    const into = {name, settings: {}, archive, encrypt: encrypted, labels}
    try {
      const done = await restoreInto(this.#recovery(), lab, target, into)
      const primary = await untilHealthy(done.lab, this.clock, {signal: this.#ending.signal})
      return new LabHandle({
        lab: done.lab,
        primaries: [primary],
        ports: this.ports,
        isOwn: true,
        runs: this.#runs,
        keep: this.#keep,
      })
    } catch (error) {
      // Nothing is there where it was refused.
      await this.ports.down(this.ports.docker, name, {force: true, volumes: true}).catch((failure: unknown) => {
        throw new AggregateError([error, failure], `lab ${name} was not restored, and could not be taken away`)
      })
      throw error
    }
  }

  #recovery(): RecoveryPorts {
    const {docker} = this.ports
    const quiet = (): void => undefined
    return {docker, clock: this.clock, signal: this.#ending.signal, note: quiet, onPhase: quiet}
  }

  async snapshot(): Promise<void> {
    await Promise.all(this.clusters.map(async cluster => cluster.snapshot()))
  }

  async reset(within: Duration): Promise<void> {
    await this.awaitHealthy(within)
    await Promise.all(this.clusters.map(async cluster => cluster.reset()))
  }

  /** LAB_BUSY while another measurement goes on. */
  async measure(
    action: () => unknown,
    options: MeasureOptions & Partial<Pick<ShardedMeasureOptions, 'shardOf'>>,
  ): Promise<MeasuredReport> {
    const {clusters} = this
    if (this.#journal !== undefined)
      throw new HlError('LAB_BUSY', `a measurement is going on in lab ${this.name}`, {next: ['await the first one']})
    const journal = new Journal(this.ports.newClock())
    const {keep = this.#keep} = options
    const place = this.#keepPlace
    this.#tellOf(journal)
    try {
      const measured = await measureRequests(action, options, {
        watched: clusters.map(({cluster, lab}): Watched => ({
          cluster,
          observer: this.ports.observer(lab, journal.clock),
        })),
        journal,
        heal: async healing => this.heal(healing),
        run: this.ports.drawRun(),
        host: this.ports.host,
        signal: this.#ending.signal,
        onFailed: async (seen, error) => {
          // After stop() its containers are being taken away.
          if (!this.#ending.signal.aborted) await keepFailed(seen, error, {keep, place, keepRun: this.ports.keepRun})
        },
      })
      return await reportOf(measured, {keep, place, keepRun: this.ports.keepRun})
    } finally {
      this.#tellOf(undefined)
      if (!this.#ending.signal.aborted) await Promise.all(clusters.map(async cluster => cluster.lookAgain()))
    }
  }

  get #keepPlace(): KeepPlace {
    const secrets = Object.values<string | null>({...this.lab.secrets}).flatMap(secret => secret ?? [])
    return {runs: this.#runs, lab: this.lab, secrets, random: this.ports.random}
  }

  #tellOf(journal: Journal | undefined): void {
    this.#journal = journal
    for (const {desk} of this.#clusters) desk.journal = journal
  }

  /** Takes it away with its data; one that is reused stays, healed. Again: the same. */
  async stop(): Promise<void> {
    this.#ending.abort(stopped(this.name))
    this.#stopped ??= this.#end()
    await this.#stopped
  }

  /** What failed may be tried again. */
  async #end(): Promise<void> {
    try {
      if (this.#isOwn) await this.ports.down(this.ports.docker, this.name, {force: true, volumes: true})
      else await this.heal()
    } catch (error) {
      this.#stopped = null
      throw error
    }
  }
}

const stopped = (lab: string): HlError =>
  new HlError('LAB_MISSING', `lab ${lab} was stopped by this test`, {
    next: ['start another one', hint('status', {lab, why: 'shows one that is reused'})],
  })
