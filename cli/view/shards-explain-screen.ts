// What a ShardedPool would do with a statement, on the screen. PURE.
import {printable} from '../../src/report/printable.ts'
import type {Theme} from '../../src/report/theme.ts'
import type {ShardsExplanation} from '../../src/sharding/explain-over-shards.ts'

/** Ends in a newline. */
export function shardsExplainScreen(
  {shards, reason, pushedDown, merge, legs}: ShardsExplanation,
  theme: Theme,
): string {
  const texts = [...new Set(legs.map(({text}) => text))]
  const sent = texts.map(text => {
    const names = legs.filter(leg => leg.text === text).map(({shard}) => shard)
    return `sent      ${texts.length === 1 ? '' : `${names.join(', ')}: `}${printable(text)}`
  })
  return [
    `goes to   ${shards.length === 0 ? 'no shard' : theme.strong(shards.join(', '))}`,
    `why       ${printable(reason)}`,
    ...sent,
    ...steps('they do', pushedDown),
    ...steps('then', merge),
    '',
  ].join('\n')
}

const steps = (title: string, all: readonly string[]): readonly string[] =>
  all.map((step, index) => `${(index === 0 ? title : '').padEnd(10)}${printable(step)}`)
