// Holds a scenario that somebody else wrote against the vocabulary, and against sense: every fault healed, every wait
// bounded, a baseline first. PURE.
// Invariant: throws HlError SCENARIO_INVALID and nothing else. Not here: importing the file (cli/), joining it with a
// cluster (src/experiment/plan-run.ts).
import {HlError} from '../model/errors.ts'
import type {FaultSpec, LoadSpec, Objectives, Scenario, Step, Target} from '../model/scenario.ts'
import {defaultSettings, timingProblem} from '../model/topology.ts'
import type {ClusterSettings} from '../model/topology.ts'
import {ShapeError, boolean, list, matching, number, object, oneOf, record, tagged} from './parse-shape.ts'
import type {Reader} from './parse-shape.ts'

/** Nothing in a lab takes longer than half an hour and is still worth waiting for. */
const waitMsMax = 1_800_000
const text = matching(/\S/, 'a text')
const word = matching(/^[a-z][a-z0-9-]*$/, 'a word of lower-case letters, digits and dashes')
const waitMs = number(1, waitMsMax)
const limit = number(0, Number.MAX_SAFE_INTEGER)

const named = object({select: oneOf('named'), name: word}, {})
const selected = <const W extends string>(select: W): Reader<{readonly select: W}> =>
  object({select: oneOf(select)}, {})
const target: Reader<Target> = tagged('select', {
  'primary': selected('primary'),
  'sync-standby': selected('sync-standby'),
  'standby': selected('standby'),
  'standbys': selected('standbys'),
  'members': selected('members'),
  'dcs-leader': selected('dcs-leader'),
  'dcs-majority': selected('dcs-majority'),
  'dcs-all': selected('dcs-all'),
  named,
})

const hitting = <const K extends string>(kind: K): Reader<{readonly kind: K; readonly target: Target}> =>
  object({kind: oneOf(kind), target}, {})
const fault: Reader<FaultSpec> = tagged('kind', {
  'kill-container': hitting('kill-container'),
  'stop-container': hitting('stop-container'),
  'pause-container': hitting('pause-container'),
  'kill-postgres': hitting('kill-postgres'),
  'kill-patroni': hitting('kill-patroni'),
  'partition': object(
    {
      kind: oneOf('partition'),
      target,
      from: list(oneOf('members', 'dcs', 'clients')),
      direction: oneOf('both', 'in', 'out'),
    },
    {},
  ),
  'promote-standby': hitting('promote-standby'),
})

const step: Reader<Step> = tagged('kind', {
  hold: object({kind: oneOf('hold'), forMs: waitMs, as: oneOf('baseline', 'fault', 'aftermath')}, {}),
  inject: object({kind: oneOf('inject'), id: word, fault}, {}),
  heal: object({kind: oneOf('heal'), id: word}, {}),
  await: object(
    {kind: oneOf('await'), until: oneOf('writable', 'new-primary', 'healthy', 'dual-writable'), withinMs: waitMs},
    {},
  ),
  switchover: object({kind: oneOf('switchover'), to: target}, {}),
})

const parameter: Reader<string | number | boolean> = (value, path) => {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  throw new ShapeError(path, 'must be a text, a number, or true or false')
}
const settings: Reader<Partial<ClusterSettings>> = object(
  {},
  {
    synchronousMode: oneOf('off', 'on', 'strict', 'quorum'),
    ttlS: number(20, 3_600),
    loopWaitS: number(1, 3_600),
    retryTimeoutS: number(3, 3_600),
    failsafeMode: boolean,
    maximumLagOnFailoverBytes: limit,
    parameters: record(parameter),
  },
)
const rate = number(0, 5_000)
const load: Reader<Partial<LoadSpec>> = object(
  {},
  {
    writesPerSecond: number(1, 5_000),
    transfersPerSecond: rate,
    primaryReadsPerSecond: rate,
    standbyReadsPerSecond: rate,
    pinnedWritesPerSecond: rate,
    deadlineMs: number(100, 60_000),
  },
)
const objectives: Reader<Objectives> = object(
  {},
  {rtoMsMax: limit, lostWritesMax: limit, writeErrorsMax: limit, longestStallMsMax: limit},
)

const scenarioShape: Reader<Scenario> = object(
  {
    name: word,
    kind: oneOf('failover'),
    summary: text,
    expectation: text,
    nature: oneOf('fault', 'planned', 'quiet', 'control'),
    failover: oneOf('required', 'forbidden', 'allowed'),
    cluster: object({profile: oneOf('patroni-3'), settings}, {}),
    load,
    steps: list(step),
    objectives,
  },
  {mustFail: list(word)},
)

/** Faults have an id each, are healed after they were injected, and none is left at the end. */
function faultComplaints(steps: readonly Step[]): readonly string[] {
  const complaints: string[] = []
  const seen = new Set<string>()
  const open = new Set<string>()
  steps.forEach((one, index) => {
    if (one.kind === 'inject') {
      if (one.id === 'all') complaints.push(`steps[${index}].id: "all" is what heal calls every fault; choose another`)
      if (seen.has(one.id)) complaints.push(`steps[${index}].id: ${one.id} is there already; ids are unique`)
      if (one.fault.kind === 'partition' && one.fault.from.length === 0)
        complaints.push(`steps[${index}].fault.from: is empty, so nothing would be cut`)
      seen.add(one.id)
      open.add(one.id)
    }
    if (one.kind === 'heal') {
      if (one.id === 'all' ? open.size === 0 : !open.has(one.id))
        complaints.push(`steps[${index}].id: nothing called ${one.id} is injected at that point`)
      if (one.id === 'all') open.clear()
      else open.delete(one.id)
    }
  })
  for (const id of open) complaints.push(`steps: ${id} is never healed`)
  return complaints
}

/**
 * A run needs a quiet stretch before anything happens, or there is nothing to compare with; and some waits only make
 * sense afterwards.
 */
function orderComplaints(steps: readonly Step[]): readonly string[] {
  const complaints: string[] = []
  const disturbs = steps.findIndex(one => one.kind === 'inject' || one.kind === 'switchover')
  const before = disturbs === -1 ? steps : steps.slice(0, disturbs)
  if (!before.some(one => one.kind === 'hold' && one.as === 'baseline'))
    complaints.push('steps: no hold as baseline before the first fault')
  steps.forEach((one, index) => {
    const early = disturbs === -1 || index < disturbs
    if (one.kind === 'await' && early && (one.until === 'new-primary' || one.until === 'dual-writable'))
      complaints.push(`steps[${index}].until: nothing before it can bring ${one.until} about`)
  })
  return complaints
}

function natureComplaints(scenario: Scenario): readonly string[] {
  const complaints: string[] = []
  const mustFail = scenario.mustFail ?? []
  if (scenario.nature === 'control' && mustFail.length === 0)
    complaints.push('mustFail: a control names the checks that must reject it')
  if (scenario.nature !== 'control' && mustFail.length > 0) complaints.push('mustFail: only a control may have to fail')
  if (scenario.nature === 'quiet' && scenario.failover !== 'forbidden')
    complaints.push('failover: must be forbidden in a quiet scenario')
  return complaints
}

/** The scenario, typed, or HlError SCENARIO_INVALID with every complaint that could be found. */
export function checkScenario(value: unknown): Scenario {
  const scenario = read(value)
  const timing = timingProblem({...defaultSettings, ...scenario.cluster.settings})
  const complaints = [
    ...faultComplaints(scenario.steps),
    ...orderComplaints(scenario.steps),
    ...natureComplaints(scenario),
    ...(timing === null ? [] : [`cluster.settings: ${timing}`]),
  ]
  if (complaints.length > 0) throw invalid(complaints)
  return scenario
}

function read(value: unknown): Scenario {
  try {
    return scenarioShape(value, '')
  } catch (error) {
    if (error instanceof ShapeError) throw invalid([error.message])
    throw error
  }
}

function invalid(complaints: readonly string[]): HlError {
  return new HlError('SCENARIO_INVALID', complaints.join('; '), {
    next: ['correct the field named above', '`hl scenarios show primary-crash` prints one that is right'],
  })
}
