// Holds a scenario that somebody else wrote against the vocabulary, and against sense: every fault healed, every wait
// bounded, a baseline first, a backup before a restore. PURE.
// Invariant: throws HlError SCENARIO_INVALID and nothing else. Not here: importing the file (cli/), joining it with a
// cluster (src/experiment).
import {hint} from '../model/command-hint.ts'
import {HlError} from '../model/errors.ts'
import {natureOf, stepOf, type Scenario, type Step, type StepKind} from '../model/scenario.ts'
import {defaultSettings, timingProblem} from '../model/topology.ts'
import {ShapeError} from './parse-shape.ts'
import {recoveryComplaints} from './recovery-complaints.ts'
import {readScenario} from './scenario-shape.ts'
import {shardedComplaints} from './sharded-complaints.ts'

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

/** A `restore` stops the load itself. */
const disturbing: ReadonlySet<StepKind> = new Set([
  'inject',
  'switchover',
  'backup-during-failover',
  'disaster',
  'restore',
])

/**
 * A run needs a quiet stretch before anything happens, or there is nothing to compare with; and some waits only make
 * sense afterwards.
 */
function orderComplaints(steps: readonly Step[]): readonly string[] {
  const complaints: string[] = []
  const disturbs = steps.findIndex(({kind}) => disturbing.has(kind))
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

function expectationComplaints({expect, failover, steps}: Scenario): readonly string[] {
  if (expect.kind === 'failing-checks')
    return expect.checks.length === 0 ? ['expect.checks: a control names the checks that must reject it'] : []
  if (expect.kind === 'refusal')
    return stepOf(steps, 'restore') === null ? ['expect.kind: a refusal is of a restore, and no step is one'] : []
  return natureOf({expect, steps}) === 'quiet' && failover !== 'forbidden'
    ? ['failover: must be forbidden where no step disturbs anything']
    : []
}

function timingComplaints({clusters}: Scenario): readonly string[] {
  return clusters.flatMap(({settings}, index) => {
    const timing = timingProblem({...defaultSettings, ...settings})
    return timing === null ? [] : [`clusters[${index}].settings: ${timing}`]
  })
}

/** The scenario, typed, or HlError SCENARIO_INVALID with every complaint that could be found. */
export function checkScenario(value: unknown): Scenario {
  const scenario = read(value)
  const complaints = [
    ...faultComplaints(scenario.steps),
    ...orderComplaints(scenario.steps),
    ...recoveryComplaints(scenario),
    ...shardedComplaints(scenario),
    ...expectationComplaints(scenario),
    ...timingComplaints(scenario),
  ]
  if (complaints.length > 0) throw invalid(complaints)
  return scenario
}

function read(value: unknown): Scenario {
  try {
    return readScenario(value, '')
  } catch (error) {
    if (error instanceof ShapeError) throw invalid(error.complaints)
    throw error
  }
}

function invalid(complaints: readonly string[]): HlError {
  return new HlError('SCENARIO_INVALID', complaints.join('\n'), {
    next: [
      `correct the ${complaints.length === 1 ? 'field' : `${complaints.length} fields`} named above`,
      hint('scenarios show', {
        args: ['primary-crash'],
        flags: {json: true},
        why: 'prints a failover that is right, and dropped-table a recovery',
      }),
    ],
  })
}
