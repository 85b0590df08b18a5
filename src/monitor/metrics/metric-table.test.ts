import {describe, expect, it} from 'vitest'
import {metrics, type MetricName} from './metric-table.ts'
import {sample} from './sample.ts'
import type {Metric} from './metric.ts'

/** Why the metric is not named as Prometheus names one; null: it is. */
function namingProblem(name: string, {type, unit, labels, help}: Metric): string | null {
  if (!/^hl_[a-z0-9]+(_[a-z0-9]+)*$/.test(name)) return 'not a name'
  if (labels.some(label => !/^[a-z][a-z_]*$/.test(label)) || new Set(labels).size < labels.length) return 'bad labels'
  if (help === '' || help.endsWith('.')) return 'bad help'
  if ((type === 'counter') !== name.endsWith('_total')) return 'only counters end in _total'
  const endings = {timestamp: '_timestamp_seconds', seconds: '_seconds', bytes: '_bytes'} as const
  const ending = unit in endings ? endings[unit as keyof typeof endings] : null
  if (ending !== null && !name.endsWith(ending)) return `a ${unit} ends in ${ending}`
  if (ending === null && /_(bytes|seconds)$/.test(name)) return 'the name has a unit and the table another'
  return unit === 'seconds' && name.endsWith('_timestamp_seconds') ? 'it is a timestamp' : null
}

describe('the table of metrics', () => {
  it.each(Object.entries(metrics))('%s is named as Prometheus names metrics', (name, metric) =>
    expect(namingProblem(name, metric)).toBeNull(),
  )
  const good: Metric = {type: 'gauge', unit: 'bytes', labels: ['lab'], help: 'x', source: 'postgres'}
  it.each<readonly [string, Metric]>([
    ['hl_lag', good],
    ['hl_lag_total', {...good, unit: 'count'}],
    ['hl_runs', {...good, type: 'counter', unit: 'count'}],
    ['hl_last_timestamp_seconds', {...good, unit: 'seconds'}],
    ['hl_lag_seconds', {...good, unit: 'count'}],
    ['hl_Lag_bytes', good],
    ['hl_lag_bytes', {...good, labels: ['lab', 'lab']}],
  ])('would not take %s', (name, metric) => expect(namingProblem(name, metric)).not.toBeNull())

  it('has no label whose values grow with time', () => {
    const labels = new Set(Object.values(metrics).flatMap(metric => metric.labels))
    expect([...labels].toSorted()).toEqual(
      'cluster database kind lab level member path result role slot source standing type'.split(' '),
    )
  })
})

it('a value that is not known, or is no number, makes no sample', () => {
  const labels = {lab: 'l', cluster: 'c', member: 'm'}
  const name: MetricName = 'hl_node_up'
  expect([null, Number.NaN, Number.POSITIVE_INFINITY].flatMap(value => sample(name, labels, value))).toEqual([])
  expect(sample(name, labels, false)).toEqual([{name, labels, value: 0}])
})
