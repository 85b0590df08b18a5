// What is published and what is made of it agree: the table of metrics, its page, the rules, their runbooks and their
// tests. Each check is shown what it must find. Not here: whether Prometheus takes the rules and they fire when they
// should (promtool, monitoring/tests).
import {readFileSync} from 'node:fs'
import {describe, expect, it, test} from 'vitest'
import {metricsPage} from '../docs/metrics-page.ts'
import {metrics} from '../src/monitor/metrics/metric-table.ts'
import {readSources} from './architecture/read-sources.ts'
import {readRules, type Rule} from '../src/runbooks/alert-rules.ts'
import {namesIn, readRuleTests, type RuleTest} from './read-rules.ts'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

test('docs/metrics.md says what the table of metrics says', () =>
  expect(read('docs/metrics.md'), 'run npm run docs').toBe(metricsPage()))

const rules = [...readSources(['monitoring/rules/*.yml']).values()].flatMap(readRules)
const alerts = rules.flatMap(rule => (rule.alert === null ? [] : [{...rule, alert: rule.alert}]))
const ruleTests = [...readSources(['monitoring/tests/*.yml']).values()].flatMap(readRuleTests)
const runbooks = readSources(['runbooks/*.md'])

/** Of Prometheus itself, and of what is recorded: `lab_cluster:…` has the labels lab and cluster. */
const others: Readonly<Record<string, readonly string[]>> = {
  up: ['job', 'instance'],
  prometheus_rule_evaluation_failures_total: ['job', 'instance', 'rule_group'],
  ...Object.fromEntries(rules.flatMap(({record}) => (record === null ? [] : [[record, recordedLabels(record)]]))),
}

function recordedLabels(record: string): readonly string[] {
  return (record.split(':')[0] ?? '').split('_')
}

function labelsOf(metric: string): readonly string[] | null {
  return (metric in metrics ? metrics[metric as keyof typeof metrics].labels : others[metric]) ?? null
}

/** What an expression, or a series, names that nobody publishes; `on` wants a label on both of its sides. */
function unknownNames(expr: string): readonly string[] {
  const {selectors, grouping} = namesIn(expr)
  const all = selectors.map(({metric, labels}) => ({metric, labels, known: labelsOf(metric)}))
  const chosen = all.flatMap(({metric, labels, known}) =>
    known === null ? [metric] : labels.flatMap(label => (known.includes(label) ? [] : [`${label} of ${metric}`])),
  )
  const grouped = grouping.flatMap(label => {
    const without = all.filter(({known}) => known !== null && !known.includes(label))
    return all.length - without.length >= Math.min(2, all.length) ? [] : without.map(one => `${label} of ${one.metric}`)
  })
  return [...chosen, ...grouped]
}

/** Labels that a text for people shows and that the alert does not have. */
function unknownInTexts({expr, annotations}: Rule): readonly string[] {
  const known = labelsOf(namesIn(expr).selectors[0]?.metric ?? '') ?? []
  const shown = Object.values(annotations).flatMap(text =>
    [...text.matchAll(/\$labels\.(\w+)/g)].map(one => one[1] ?? ''),
  )
  return shown.filter(label => !known.includes(label))
}

/** What an alert lacks that a person needs at night. */
function lacksOf({alert, severity, annotations}: Rule): readonly string[] {
  const page = runbooks.get(annotations['runbook'] ?? '')
  return [
    ...(['critical', 'warning', 'info', 'none'].includes(severity ?? '') ? [] : ['severity']),
    ...['summary', 'description', 'because'].filter(name => (annotations[name] ?? '').length < 10),
    ...(page === undefined ? ['runbook'] : page.includes(alert ?? '') ? [] : ['a word of it in its runbook']),
  ]
}

/** Is there a test in which it fires and then clears? */
function isTested(alert: string, tests: readonly RuleTest[]): boolean {
  const fired = [alert, `${alert} failing`]
  return tests.some(({name, fires}) => {
    if (name.split(/[ ,]/)[0] !== alert) return false
    const at = fires.findIndex(list => list.some(one => fired.includes(one)))
    return at !== -1 && fires.slice(at + 1).some(list => !list.some(one => fired.includes(one)))
  })
}

describe('rules', () => {
  it('are found at all, and have names of their own', () => {
    expect(alerts.length).toBeGreaterThan(25)
    const names = rules.map(({alert, record}) => alert ?? record)
    expect(new Set(names).size).toBe(names.length)
  })
  it.each(rules.map(rule => ({...rule, name: rule.alert ?? rule.record})))('$name uses what is published', rule => {
    expect(unknownNames(rule.expr)).toEqual([])
    expect(unknownInTexts(rule)).toEqual([])
  })
  it.each(alerts)('$alert has its severity, its reasons and its runbook', alert => expect(lacksOf(alert)).toEqual([]))

  const watchdog = 'HlWatchdog'
  it.each(alerts.filter(({alert}) => alert !== watchdog))(
    '$alert is seen to fire and to clear by promtool',
    ({alert}) => expect(isTested(alert, ruleTests)).toBe(true),
  )
  it('are tested with series that are published', () =>
    expect(ruleTests.flatMap(({series}) => series).flatMap(unknownNames)).toEqual([]))
  it('have no runbook that names an alert which is not there', () => {
    const named = [...runbooks.values()].flatMap(text => [...text.matchAll(/\bHl[A-Z]\w+/g)].map(([name]) => name))
    expect(named.filter(name => !alerts.some(({alert}) => alert === name))).toEqual([])
  })
})

describe('a rule that', () => {
  it.each([
    ['hl_replication_lag > 3600', ['hl_replication_lag']],
    ['hl_node_up{node="pg1"} == 0', ['node of hl_node_up']],
    ['max by (shard) (hl_node_up)', ['shard of hl_node_up']],
    ['hl_node_up == 0 and on (lab, cluster, member) hl_cluster_primaries == 1', ['member of hl_cluster_primaries']],
    ['increase(hl_backup_runs_total{result="failure"}[1h]) > bool 2e9 or absent(up{job="hl"})', []],
  ])('says %s names %j that nobody publishes', (expr, expected) => expect(unknownNames(expr)).toEqual(expected))

  const good = alerts.find(({alert}) => alert === 'HlNoPrimary')
  if (good === undefined) throw new Error('there is no HlNoPrimary')
  it.each<readonly [string, Partial<Rule>, readonly string[]]>([
    ['has no severity', {severity: null}, ['severity']],
    ['does not say why it waits', {annotations: {...good.annotations, because: ''}}, ['because']],
    ['has no page', {annotations: {...good.annotations, runbook: 'runbooks/none.md'}}, ['runbook']],
    ['is not in its page', {alert: 'HlOther'}, ['a word of it in its runbook']],
  ])('%s is found', (_what, change, expected) => expect(lacksOf({...good, ...change})).toEqual(expected))
  it('shows a label that it does not have is found', () =>
    expect(unknownInTexts({...good, annotations: {summary: '{{ $labels.member }}'}})).toEqual(['member']))
  it.each([
    ['never fires', [[], []], false],
    ['never clears', [[], ['HlX failing'], ['HlX failing']], false],
    ['fires and clears', [[], ['HlX failing', 'HlY other'], ['HlY other']], true],
  ])('%s in its tests: %j: %s', (_what, fires, expected) =>
    expect(isTested('HlX', [{name: 'HlX, of days', series: [], fires}])).toBe(expected),
  )
  it('is written in another way is refused, not passed over', () =>
    expect(() => readRules('      - alert: A\n        keep_firing: 1m')).toThrow())
})
