// Samples as the text that Prometheus reads, by prom-client. Invariant: a registry for each text, so that nothing of an
// earlier scrape is told again.
import {Counter, Gauge, Registry} from 'prom-client'
import {metrics, type MetricName} from './metrics/metric-table.ts'
import type {Sample} from './metrics/sample.ts'

/** What the text is, for the header content-type. */
export const contentType = Registry.PROMETHEUS_CONTENT_TYPE

/** Ends with a line break, as the format demands. A metric without a sample is not named. */
export async function exposition(samples: readonly Sample[]): Promise<string> {
  const registry = new Registry()
  for (const [name, mine] of Map.groupBy(samples, sample => sample.name)) addTo(registry, name, mine)
  return registry.metrics()
}

function addTo(registry: Registry, name: MetricName, samples: readonly Sample[]): void {
  const {type, help, labels: labelNames} = metrics[name]
  const naming = {name, help, labelNames, registers: [registry]}
  if (type === 'counter') {
    const counter = new Counter(naming)
    for (const {labels, value} of samples) counter.inc(labels, value)
  } else {
    const gauge = new Gauge(naming)
    for (const {labels, value} of samples) gauge.set(labels, value)
  }
}
