// A plan for --dry-run: what would be done to which node, for how long at most, and what is owed. PURE.
import type {Plan} from '../../src/model/plan.ts'
import {objectiveNames, type Expectation} from '../../src/model/scenario.ts'
import {formatMs} from '../../src/model/time.ts'
import {plural} from '../../src/model/quantity.ts'
import {objectiveTitles, objectiveValue} from '../../src/report/metric-rows.ts'
import {displayWidth, padEnd, printable} from '../../src/report/printable.ts'
import type {Theme} from '../../src/report/theme.ts'
import {accessPathText} from '../../src/report/access-path.ts'

/** Ends in a newline. */
export function planScreen(plan: Plan, theme: Theme): string {
  const {scenario, settings, load} = plan
  const labels = plan.steps.map(step => printable(step.label))
  const width = Math.max(0, ...labels.map(displayWidth))
  const numberWidth = String(plan.steps.length).length
  const lines = [
    `Plan for ${theme.strong(printable(scenario.name))} on ` +
      `${printable(plan.lab)}${plan.shard === undefined ? '' : `, shard ${printable(plan.shard)}`}: ` +
      `${plural(plan.steps.length, 'step')}, at most ${formatMs(plan.withinMs)}  ${theme.dim(`seed ${plan.seed}`)}`,
    `  ${printable(scenario.summary)}`,
    `  cluster  synchronous_mode ${settings.synchronousMode}, ttl ${settings.ttlS} s, loop_wait ` +
      `${settings.loopWaitS} s, retry_timeout ${settings.retryTimeoutS} s, failsafe_mode ` +
      (settings.failsafeMode ? 'on' : 'off'),
    ...Object.entries(settings.parameters).map(
      ([name, value]) => `           ${printable(name)} = ${printable(String(value))}`,
    ),
    `  load     ${load.writesPerSecond} writes/s, ${load.transfersPerSecond} transfers/s, ` +
      `${load.primaryReadsPerSecond + load.standbyReadsPerSecond} reads/s through ` +
      `${accessPathText({...plan, trials: null})}${spanText(scenario, load)}`,
    ...(plan.phaseMs === 0
      ? []
      : [`  phase    the fault falls ${formatMs(plan.phaseMs)} later than the steps say, drawn from the seed`]),
    ...plan.steps.map(
      (step, index) =>
        `  ${String(index + 1).padStart(numberWidth)}  ${padEnd(labels[index] ?? '', width)}  ` +
        theme.dim(`at most ${formatMs(step.withinMs)}`),
    ),
    `  owed     ${owed(plan)}`,
    'Nothing was changed.',
  ]
  return `${lines.join('\n')}\n`
}

function spanText({sharded, clusters}: Plan['scenario'], load: Plan['load']): string {
  if (sharded === undefined) return `; ${load.pinnedWritesPerSecond} writes/s pinned to each node`
  const names = clusters.map(({name}) => name).sort()
  return ` of each shard (${names.join(', ')}), ${load.scatterReadsPerSecond ?? 0}/s over all of them`
}

function owed({scenario}: Plan): string {
  const {objectives, expect} = scenario
  const parts = objectiveNames.flatMap(name => {
    const limit = objectives[name]
    return limit === undefined ? [] : [`${objectiveTitles[name]} at most ${objectiveValue(name, limit)}`]
  })
  return [...parts, ...expected(expect)].map(printable).join('; ') || 'nothing beyond the checks'
}

function expected(expect: Expectation): readonly string[] {
  if (expect.kind === 'failing-checks') return [`must be rejected by ${expect.checks.join(', ')}`]
  return expect.kind === 'refusal' ? [`must be refused with ${expect.code}`] : []
}
