// What OpenTelemetry's real SDK has collected, as plain values. For tests only.
import {MetricReader} from '@opentelemetry/sdk-metrics'

export class ValuesReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}

  /** [attributes, value] by name; of a histogram the count and the sum. */
  async values(): Promise<Readonly<Record<string, readonly (readonly [object, unknown])[]>>> {
    const {resourceMetrics} = await this.collect()
    const all = resourceMetrics.scopeMetrics
      .flatMap(({metrics}) => metrics)
      .filter(({dataPoints}) => dataPoints.length > 0)
    return Object.fromEntries(
      all.map(({descriptor, dataPoints}) => [
        `${descriptor.name} ${descriptor.unit}`,
        dataPoints.map(({attributes, value}) => [
          attributes,
          typeof value === 'number' ? value : 'buckets' in value ? [value.count, value.sum] : null,
        ]),
      ]),
    )
  }
}
