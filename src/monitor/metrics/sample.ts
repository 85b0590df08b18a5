// One value of one metric. PURE. Invariant: a value that is not known makes no sample, so that unknown is absent and
// never 0. Not here: how samples become text (exposition.ts).
import {metrics, type MetricName} from './metric-table.ts'

export interface Sample {
  readonly name: MetricName
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Exactly those that the table names. */
export type LabelsOf<Name extends MetricName> = Readonly<Record<(typeof metrics)[Name]['labels'][number], string>>

/** None where the value is null or no number. */
export function sample<Name extends MetricName>(
  name: Name,
  labels: LabelsOf<Name>,
  value: number | boolean | null,
): readonly Sample[] {
  return value === null || !Number.isFinite(Number(value)) ? [] : [{name, labels, value: Number(value)}]
}
