// What a metric is, and the labels that many share. PURE. Not here: which there are (metric-table.ts).

/** `boolean`: 1 or 0. `timestamp`: seconds since 1970. */
export type Unit = 'boolean' | 'bytes' | 'seconds' | 'timestamp' | 'count' | 'number'

/** Who says it. `exporter`: hl itself, of its own questions. `journal`: what the schedule wrote into the archive. */
export type MetricSource = 'exporter' | 'postgres' | 'patroni' | 'etcd' | 'archive' | 'journal' | 'map'

export interface Metric {
  readonly type: 'gauge' | 'counter'
  readonly unit: Unit
  readonly labels: readonly string[]
  readonly help: string
  readonly source: MetricSource
}

export const perCluster = ['lab', 'cluster'] as const
export const perMember = ['lab', 'cluster', 'member'] as const

type Made<Labels> = Metric & {readonly labels: Labels}

export const gauge = <const Labels extends readonly string[]>(
  unit: Unit,
  source: MetricSource,
  labels: Labels,
  help: string,
): Made<Labels> => ({type: 'gauge', unit, source, labels, help})

/** Begins anew when its source does. */
export const counter = <const Labels extends readonly string[]>(
  source: MetricSource,
  labels: Labels,
  help: string,
): Made<Labels> => ({type: 'counter', unit: 'count', source, labels, help})
