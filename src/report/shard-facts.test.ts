import {expect, it} from 'vitest'
import {shardCrashScenario, shardedRun, shardOps} from '../../test/build-shards.ts'
import {judge} from '../measure/judge.ts'
import {shardFacts} from './shard-facts.ts'
import {plainTheme} from './theme.ts'
import {toHtml} from './to-html.ts'
import {toMarkdown} from './to-markdown.ts'
import {toText} from './to-text.ts'

const {record, events, ops} = shardedRun({
  scenario: shardCrashScenario,
  ops: shardOps((shards, atMs) => (atMs > 10_000 && atMs < 15_000 && shards.includes('s2') ? 'failed' : 'ok')),
})
const report = judge(record, events, ops, {})

it('says of each shard how it served, and of the others what spans them', () => {
  expect(shardFacts(report).map(([name]) => name)).toEqual([
    'shard s1',
    'shard s2',
    'spanning',
    'all shards',
    'hottest',
  ])
  const [first, second] = shardFacts(report).map(([, value]) => value)
  expect(first).toMatch(/^300 of 300 writes acknowledged; available 100\S* of the time/)
  expect(second).toMatch(/^hit: 251 of 300 writes acknowledged, 49 failed, 0 unknown; .*longest stall 5.00 s$/)
})

it('is in every form, and in none of a load over one cluster', () => {
  const forms = [toText(report, plainTheme, {columns: 100}), toMarkdown(report), toHtml(report)]
  for (const form of forms) expect(form).toContain('shard s2')
  expect(forms[0]).toMatch(/^ {2}all shards \d/m)
  expect(shardFacts({trials: null})).toEqual([])
})
