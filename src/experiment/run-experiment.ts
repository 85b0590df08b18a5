// One experiment, whole: a lab (found, or brought up and taken down), its lock, the trials, the summary. Invariant:
// what destroys a lab works on a lab of its own, never on one that was there.
import type {Docker} from '../lab/docker/docker.ts'
import {docker} from '../lab/docker/local-docker.ts'
import type {ShardChoice} from '../lab/lifecycle/choose-shard.ts'
import {atShard, connectLab, type ConnectedLab, type ConnectOptions} from '../lab/lifecycle/connect-lab.ts'
import {downLab} from '../lab/lifecycle/down-lab.ts'
import {checkLabName} from '../lab/lifecycle/lab-description.ts'
import {findLab, labVolumes} from '../lab/lifecycle/lab-inventory.ts'
import {whileLocked} from '../lab/lifecycle/lock.ts'
import {requireNoLab} from '../lab/lifecycle/restored-lab.ts'
import type {UpOptions} from '../lab/lifecycle/make-lab.ts'
import {upLab} from '../lab/lifecycle/up-lab.ts'
import {checkSettings} from '../lab/patroni/settings-to-patroni.ts'
import {combineTrials} from '../measure/combine-trials.ts'
import {hint, hintText} from '../model/command-hint.ts'
import {HlError, messageOf} from '../model/errors.ts'
import type {Asked, Origin, Plan} from '../model/plan.ts'
import type {EventSink} from '../model/ports.ts'
import type {Report} from '../model/report.ts'
import type {Scenario, AccessPathName} from '../model/scenario.ts'
import {defaultSettings, soleCluster} from '../model/topology.ts'
import {monotonicClock} from '../waiting/monotonic-clock.ts'
import type {LabChoices} from './lab-choices.ts'
import {planScenario, type PlanOverrides} from './plan-experiment.ts'
import {planTrial, runTrial, type TrialOptions} from './run-trial.ts'
import {prepareLab, requireShardedLab, shapeFor, shardChoice} from './sharded-lab.ts'
import {saveSeries} from './store/stored-report.ts'
import {restoredName} from './ways-back/wiring.ts'

export interface ExperimentOptions {
  readonly scenario: Scenario
  /** The lab's name; a scenario that makes a lab of its own refuses one that is there. */
  readonly lab: string
  /** Where run folders are made. */
  readonly runsRoot: string
  /** Trials in a row. */
  readonly repeat: number
  /** Of the first trial; the others count up from it. */
  readonly seed: number
  readonly through: AccessPathName
  readonly overrides: PlanOverrides
  readonly asked?: Asked | undefined
  readonly origin?: Origin | undefined
  /** Which of the lab's clusters; SHARD_UNKNOWN where it has several and this names none. */
  readonly shard?: ShardChoice | undefined
  /** Leaves the labs running that were brought up for this. */
  readonly keep: boolean
  readonly up: LabChoices
  readonly watch: EventSink
  readonly note: (text: string) => void
  readonly signal: AbortSignal
  /** Asked before each step (`--interactive`); the load goes on meanwhile. */
  readonly beforeStep?: (label: string) => Promise<void>
}

/** What a plan depends on. */
export type PlanOptions = Pick<
  ExperimentOptions,
  'scenario' | 'lab' | 'shard' | 'seed' | 'through' | 'overrides' | 'asked' | 'up'
>

/** What is done to labs, for tests to replace. */
export interface LabPorts {
  readonly docker: Docker
  readonly up: typeof upLab
  readonly connect: typeof connectLab
  readonly trial: typeof runTrial
  /** Of a scenario over shards: refuses a lab of another shape, and makes a new one ready. */
  readonly suits: typeof requireShardedLab
  readonly prepare: typeof prepareLab
}

const realLabs: LabPorts = {
  docker,
  up: upLab,
  connect: connectLab,
  trial: runTrial,
  suits: requireShardedLab,
  prepare: prepareLab,
}

/** Does it destroy what it works on, or need an archive of its own? */
function needsOwnLab({clusters, steps}: Pick<Scenario, 'clusters' | 'steps'>): boolean {
  return clusters.some(({archive}) => archive !== 'none') || steps.some(({kind}) => kind === 'disaster')
}

/** The plan for the first trial: what --dry-run shows. Changes nothing. Errors: those of connectLab. */
export async function planExperiment(
  {scenario, lab, shard, up, ...choices}: PlanOptions,
  {docker, connect, suits}: Pick<LabPorts, 'docker' | 'connect' | 'suits'> = realLabs,
): Promise<Plan> {
  checkChoices({scenario, lab, ...choices})
  const own = needsOwnLab(scenario)
  if (own || (await findLab(docker, lab)).services.length === 0) {
    requireNoShard({scenario, lab, shard})
    if (own) await requireRoom(docker, lab, up)
    const about = scenario.sharded === undefined ? undefined : shardChoice(scenario, shard).shard
    return planScenario(scenario, {name: lab, shard: about, state: null, settings: defaultSettings}, choices)
  }
  const connected = await connect(docker, lab, connectOptions(up))
  await suits(scenario, connected)
  return planTrial({lab: atShard(connected, shardChoice(scenario, shard)), scenario, choices})
}

/**
 * All trials; of several, the summary lies in the folder of the last. Errors: those of upLab, LAB_BUSY, INTERRUPTED.
 */
export async function runExperiment(options: ExperimentOptions, labs: LabPorts = realLabs): Promise<Report> {
  checkChoices(options)
  const {reports, secrets} = needsOwnLab(options.scenario)
    ? await inOwnLabs(options, labs)
    : await inOneLab(options, labs)
  const [first, ...rest] = reports
  if (first === undefined)
    throw new HlError('BUG', 'no trial was run', {next: ['report this with the command you ran']})
  if (rest.length === 0) return first
  const combined = combineTrials([first, ...rest])
  saveSeries(options.runsRoot, combined, secrets)
  return combined
}

/** What can be told without looking. Errors: LAB_NAME_INVALID, CONFIG_INVALID. */
function checkChoices({lab, scenario, overrides}: Pick<PlanOptions, 'lab' | 'scenario' | 'overrides'>): void {
  checkLabName(lab)
  checkSettings({...defaultSettings, ...scenario.clusters[0].settings, ...overrides.settings})
}

/** What is there before the first thing is made is somebody's. */
async function requireRoom(docker: Docker, lab: string, up: LabChoices): Promise<void> {
  for (const name of [lab, restoredName(lab)]) await requireNoLab(docker, {...connectOptions(up), name, settings: {}})
}

interface Trials {
  readonly reports: readonly Report[]
  readonly secrets: readonly string[]
}

/** Every trial in the lab that runs, or in one that is brought up and taken away again unless `keep`. */
async function inOneLab(options: ExperimentOptions, labs: LabPorts): Promise<Trials> {
  const {docker} = labs
  const {lab: name, scenario, up, keep, note, signal} = options
  return whileLocked(docker, {lab: name, what: whatOf(options)}, async () => {
    if ((await findLab(docker, name)).services.length > 0) {
      const lab = await labs.connect(docker, name, connectOptions(up))
      await labs.suits(scenario, lab)
      return allTrials(options, labs, atShard(lab, shardChoice(scenario, options.shard)), false)
    }
    requireNoShard(options)
    note(`no lab "${name}" is running: bringing one up${keep ? '' : ', and down again afterwards (--keep leaves it)'}`)
    // Data that an earlier lab left was kept on purpose: it is used, and stays.
    const volumes = (await labVolumes(docker, name)).length === 0
    try {
      const {lab} = await labs.up(docker, {...upOptions(options), progress: note, signal})
      await labs.prepare(scenario, lab, {progress: note, signal})
      return await allTrials(options, labs, atShard(lab, shardChoice(scenario, options.shard)), !keep)
    } finally {
      if (!keep) await takeDown(docker, name, volumes, note)
    }
  })
}

async function allTrials(
  options: ExperimentOptions,
  labs: LabPorts,
  lab: ConnectedLab,
  transient: boolean,
): Promise<Trials> {
  const reports: Report[] = []
  for (let trial = 1; trial <= options.repeat; trial++)
    reports.push(await oneTrial(options, labs, {lab, trial, transient}))
  return {reports, secrets: Object.values(lab.secrets)}
}

/** Every trial in a lab of its own, which it destroys; `keep` leaves the labs of the last one. */
async function inOwnLabs(options: ExperimentOptions, labs: LabPorts): Promise<Trials> {
  const {lab: name, repeat} = options
  const {docker} = labs
  requireNoShard(options)
  const what = whatOf(options)
  const reports: Report[] = []
  const secrets: string[] = []
  await whileLocked(docker, {lab: name, what}, async () =>
    whileLocked(docker, {lab: restoredName(name), what}, async () => {
      for (let trial = 1; trial <= repeat; trial++) {
        const trials = await inOwnLab(options, labs, trial)
        reports.push(...trials.reports)
        secrets.push(...trials.secrets)
      }
    }),
  )
  return {reports, secrets}
}

async function inOwnLab(options: ExperimentOptions, labs: LabPorts, trial: number): Promise<Trials> {
  const {lab: name, scenario, repeat, note, signal} = options
  const {docker} = labs
  const {archive} = scenario.clusters[0]
  const keep = options.keep && trial === repeat
  const names = [name, restoredName(name)]
  // What is there afterwards is the experiment's own.
  await requireRoom(docker, name, options.up)
  try {
    note(
      `bringing up lab "${name}" with archive ` +
        `${archive}${keep ? '' : '; it and a restored one are taken down afterwards (--keep leaves them)'}`,
    )
    const {lab} = await labs.up(docker, {...upOptions(options), archive, progress: note, signal})
    await labs.prepare(scenario, lab, {progress: note, signal})
    const about = atShard(lab, shardChoice(scenario, options.shard))
    return {
      reports: [await oneTrial(options, labs, {lab: about, trial, transient: !keep})],
      secrets: Object.values(lab.secrets),
    }
  } finally {
    if (!keep) await Promise.all(names.map(async each => takeDown(docker, each, true, note)))
  }
}

async function oneTrial(
  options: ExperimentOptions,
  labs: LabPorts,
  {lab, trial, transient}: Pick<TrialOptions, 'lab' | 'trial' | 'transient'>,
): Promise<Report> {
  const {scenario, seed, through, overrides, asked, origin, up, runsRoot, repeat: trials, watch, note, signal} = options
  signal.throwIfAborted()
  if (trials > 1) note(`trial ${trial} of ${trials}`)
  const choices: TrialOptions['choices'] = {seed: seed + trial - 1, through, overrides, asked}
  return labs.trial({
    lab,
    scenario,
    choices,
    up,
    transient,
    runsRoot,
    trial,
    trials,
    origin,
    watch,
    note,
    signal,
    beforeStep: options.beforeStep,
  })
}

/**
 * A lab that cannot be taken down keeps neither the other nor the report from being dealt with. The caller holds it,
 * and may go on to make the next.
 */
async function takeDown(docker: Docker, lab: string, volumes: boolean, note: (text: string) => void): Promise<void> {
  const down = hint('down', {lab, flags: volumes ? {volumes, confirm: lab} : {}})
  await downLab(docker, lab, {volumes, holding: true}).then(
    removal => {
      if ([removal.containers, removal.networks, removal.volumes].flat().length > 0) note(`lab "${lab}" taken down`)
    },
    (error: unknown) => note(`lab "${lab}" could not be taken down: ${messageOf(error)}; ${hintText(down, lab)}`),
  )
}

/** A lab that an experiment makes for itself has one cluster, or the shards that the scenario names. */
function requireNoShard({lab, shard, scenario}: Pick<ExperimentOptions, 'lab' | 'shard' | 'scenario'>): void {
  const name = shard?.shard
  const own = scenario.sharded === undefined ? [soleCluster] : scenario.clusters.map(each => each.name)
  if (name === undefined || own.includes(name)) return
  if (needsOwnLab(scenario))
    throw new HlError(
      'SHARD_UNKNOWN',
      `${scenario.name} makes a lab of its own, of ${own.length === 1 ? 'one cluster' : own.join(' and ')}: it has no ` +
        name,
      {next: ['leave --shard out']},
    )
  throw new HlError('LAB_MISSING', `there is no lab ${lab}, and so no shard ${name}`, {
    next: [hint('up', {flags: {shards: 2, nodes: 2}, lab})],
  })
}

/** For whoever finds the lab locked. */
function whatOf({scenario: {kind, name}}: ExperimentOptions): string {
  return `hl ${kind === 'recovery' ? 'drill' : 'failover'} --scenario ${name}`
}

function connectOptions({reach}: LabChoices): ConnectOptions {
  return {clock: monotonicClock(), ...(reach === undefined ? {} : {reach})}
}

/** A lab that is made for the run has its parameters from the start: some would need a restart later. */
function upOptions({lab, scenario, overrides, up}: ExperimentOptions): UpOptions {
  const parameters = {...scenario.clusters[0].settings.parameters, ...overrides.settings?.parameters}
  const settings = Object.keys(parameters).length === 0 ? {} : {parameters}
  return {...up, ...shapeFor(scenario), ...connectOptions(up), name: lab, settings}
}
