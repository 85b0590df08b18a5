// Every metric that hl publishes: its name, type, unit, labels, what it says and who says it. One table:
// docs/metrics.md is made from it, a sample cannot be made of a name or label that is not in it, and rules are held
// against it. Invariants: names and units as Prometheus names them (https://prometheus.io/docs/practices/naming/); no
// label whose values grow with time (ids, positions, moments). Not here: what the libraries publish of an application
// (src/router/observe, src/shards/observe).
import {archiveMetrics} from './archive-metrics.ts'
import {clusterMetrics} from './cluster-metrics.ts'
import {replicationMetrics} from './replication-metrics.ts'

export const metrics = {...clusterMetrics, ...replicationMetrics, ...archiveMetrics} as const
export type MetricName = keyof typeof metrics
