// Each alert that is shipped, on a lab that is broken in the way the alert is for: it fires, arrives at a webhook of
// Alertmanager's, and clears after healing, and nothing else fires. Durations are shorter than those that are shipped
// (../alerts/shorten-rules.ts). Not here: the tables (../alerts/*-cases.ts); test/alert-cases.test.ts holds that every
// alert is in them.
import {globSync, readFileSync} from 'node:fs'
import {afterAll, describe, expect, test} from 'vitest'
import {metrics} from '../../../src/monitor/metrics/metric-table.ts'
import {readRules} from '../../../src/runbooks/alert-rules.ts'
import {namesIn} from '../../read-rules.ts'
import type {AlertCase} from '../alerts/alert-case.ts'
import {listenForAlerts, type AlertHook} from '../alerts/alert-hook.ts'
import {pairCases} from '../alerts/pair-cases.ts'
import {shardCases} from '../alerts/shard-cases.ts'
import {watchLab, type WatchedLab} from '../alerts/watched-lab.ts'
import {ownName} from '../../suite/run-name.ts'
import {docker, useLab} from '../use-lab.ts'

const testMs = 900_000
const withinMs = 120_000
/** A window of a minute, and what Prometheus and Alertmanager take to tell of it. */
const clearMs = 240_000
const ruleTests = globSync('monitoring/tests/*.yml').map(path => `/tmp/${path}`)

// They listen before a lab is made that must know where.
const [pairHook, shardHook] = [await listenForAlerts(), await listenForAlerts()]
/** By metric: the labels that it was seen with. */
const published = new Map<string, ReadonlySet<string>>()

interface Watch {
  readonly name: string
  /** Words of `hl up`. */
  readonly up: readonly string[]
  readonly members: readonly string[]
  readonly cases: readonly AlertCase[]
  readonly hook: AlertHook
}

function seesAlerts({name, up, members, cases, hook}: Watch): void {
  const lab = useLab(name, {up: [...up, '--monitoring', '--alert-webhook', hook.url]})
  const world = watchLab(lab, members)
  afterAll(() => hook.close())

  test('the watchdog arrives, again and again', async () => {
    await expect.poll(() => hook.watchdogs(), {timeout: withinMs}).toBeGreaterThan(1)
  })

  test.each(cases)(
    '$what: $alerts',
    async ({alerts, also = {}, isThere, leaves = [], withinMs: within = withinMs, breaks, heals}) => {
      if (isThere !== true) await expect.poll(() => hook.firing(), {timeout: clearMs}).toEqual([])
      hook.mark()
      try {
        await breaks(world)
        const missing = (): readonly string[] => alerts.filter(alert => !hook.firing().includes(alert))
        await expect.poll(missing, {timeout: within}).toEqual([])
      } finally {
        await heals(world)
      }
      await expect.poll(() => hook.firing(), {timeout: clearMs}).toEqual(leaves)
      const expected = [...alerts, ...Object.keys(also)]
      expect(hook.fired().filter(alert => !expected.includes(alert))).toEqual([])
    },
    testMs,
  )

  test('what was published is remembered', async () => {
    for (const [metric, labels] of await publishedBy(world))
      published.set(metric, new Set([...(published.get(metric) ?? []), ...labels]))
    expect(published.size).toBeGreaterThan(20)
  })
}

/** Of all that Prometheus has kept. */
async function publishedBy({prometheus}: WatchedLab): Promise<ReadonlyMap<string, readonly string[]>> {
  const query = `series?match[]=${encodeURIComponent('{__name__=~"hl_.+|up|prometheus_rule_evaluation_failures_total"}')}&start=0`
  const series = await prometheus<readonly Readonly<Record<string, string>>[]>(query)
  return new Map(
    [...Map.groupBy(series, one => one['__name__'] ?? '')].map(([metric, all]) => [
      metric,
      [...new Set(all.flatMap(one => Object.keys(one)))].filter(label => label !== '__name__'),
    ]),
  )
}

describe('one cluster with an archive', () =>
  seesAlerts({
    name: 'e2e-alerts',
    up: ['--profile', 'small', '--nodes', '2', '--archive', 'command', '--sync', 'off'],
    members: ['pg1', 'pg2'],
    cases: pairCases,
    hook: pairHook,
  }))

test('promtool finds that the shipped rules are as their tests say', async () => {
  const box = `${ownName('e2e-promtool')}-box`
  await docker('create', '--name', box, '--entrypoint', 'promtool', 'hl-monitoring:2.53', 'test', 'rules', ...ruleTests)
  try {
    await docker('cp', 'monitoring', `${box}:/tmp/monitoring`)
    const said = await docker('start', '-a', box)
    expect(said).toContain('SUCCESS')
    expect(said).not.toContain('FAILED')
  } finally {
    await docker('rm', '-f', box)
  }
})

describe('shards', () =>
  seesAlerts({
    name: 'e2e-alerts-shards',
    up: ['--shards', '2', '--nodes', '1'],
    members: ['s1-pg1', 's2-pg1'],
    cases: shardCases,
    hook: shardHook,
  }))

describe('the labs published', () => {
  const selectors = globSync('monitoring/rules/*.yml')
    .flatMap(path => readRules(readFileSync(path, 'utf8')))
    .flatMap(({expr}) => namesIn(expr).selectors)
    .filter(({metric}) => !metric.includes(':'))
  test.each([...new Set(selectors.map(({metric}) => metric))])('%s, with the labels that rules use', metric => {
    const used = selectors.filter(one => one.metric === metric).flatMap(({labels}) => labels)
    const table: readonly string[] = metric in metrics ? metrics[metric as keyof typeof metrics].labels : []
    expect([...(published.get(metric) ?? [])]).toEqual(expect.arrayContaining([...new Set([...used, ...table])]))
  })
})
