// How each shard of a load over shards served, as facts. Text, Markdown and HTML show these same ones. PURE.
import type {Report} from '../model/report.ts'
import type {ShardService} from '../model/shards-report.ts'
import {formatMs} from '../model/time.ts'
import {formatCount, formatShare, plural} from '../model/quantity.ts'
import type {Fact} from './setup-facts.ts'

/** Empty where the load wrote to one cluster. */
export function shardFacts({shards, trials}: Pick<Report, 'shards' | 'trials'>): readonly Fact[] {
  if (shards === undefined) return []
  const {services, spanning, scatter, hotGroup} = shards
  return [
    ...(trials === null ? [] : [['shards', 'in the last trial:'] as const]),
    ...services.map((service): Fact => [`shard ${service.name}`, serviceText(service)]),
    ['spanning', `${formatCount(spanning.acknowledged)} of ${plural(spanning.attempted, 'transfer')} acknowledged`],
    ...(scatter.attempted === 0
      ? []
      : [
          [
            'all shards',
            `${formatCount(scatter.whole)} of ${plural(scatter.attempted, 'read')} whole, ` +
              `${formatCount(scatter.partial)} in part with the shard named`,
          ] as const,
        ]),
    ...(hotGroup === null
      ? []
      : [
          [
            'hottest',
            `slot group ${hotGroup.group} on ${hotGroup.shard}: ${formatShare(hotGroup.share)} of the writes of ` +
              plural(hotGroup.groups, 'group'),
          ] as const,
        ]),
  ]
}

function serviceText(service: ShardService): string {
  const {attempted, acknowledged, failed, unknown, unavailableShare, longestStallMs, subject} = service
  if (attempted === 0) return 'no write went to it alone'
  const bad = failed + unknown === 0 ? '' : `, ${formatCount(failed)} failed, ${formatCount(unknown)} unknown`
  return (
    `${subject ? 'hit: ' : ''}${formatCount(acknowledged)} of ${plural(attempted, 'write')} acknowledged${bad}; ` +
    `available ${formatShare(1 - unavailableShare)} of the time, longest stall ${formatMs(longestStallMs)}`
  )
}
