// Every alert that is shipped is seen on a real lab; and what is shortened for that is nothing but durations.
// Not here: seeing them (e2e/nightly/alerts.test.ts).
import {describe, expect, it} from 'vitest'
import {readSources} from './architecture/read-sources.ts'
import {pairCases} from './e2e/alerts/pair-cases.ts'
import {shardCases} from './e2e/alerts/shard-cases.ts'
import {shortenRules, shortenScrapes, shortenWaits} from './e2e/alerts/shorten-rules.ts'
import {readRules} from '../src/runbooks/alert-rules.ts'

const files = [...readSources(['monitoring/rules/*.yml'])]
const shipped = files.flatMap(([, text]) => readRules(text)).flatMap(({alert}) => alert ?? [])
const cases = [...pairCases, ...shardCases]
/** It arrives always, which the nightly test sees too. */
const watchdog = 'HlWatchdog'

/** What is shipped and not seen, and what is seen and not shipped. */
function gaps(seen: readonly string[], all: readonly string[]): readonly string[] {
  return [
    ...all.filter(alert => !seen.includes(alert)).map(alert => `${alert} is not seen`),
    ...seen.filter(alert => !all.includes(alert)).map(alert => `${alert} is not shipped`),
  ]
}

describe('the alerts that are shipped', () => {
  it('are each broken for', () => {
    const seen = [watchdog, ...new Set(cases.flatMap(({alerts}) => alerts))]
    expect(gaps(seen, shipped)).toEqual([])
  })
  it('that are not in the table, or no longer shipped, are found', () =>
    expect(gaps(['A', 'B', 'X'], ['A', 'B', 'C'])).toEqual(['C is not seen', 'X is not shipped']))
  it.each(cases)('$what: what may fire too is shipped, has a reason, and is not what must', ({alerts, also = {}}) => {
    for (const [alert, why] of Object.entries(also)) {
      expect(shipped).toContain(alert)
      expect(why.length).toBeGreaterThan(5)
      expect(alerts).not.toContain(alert)
    }
  })
})

describe('what the test runs', () => {
  const withoutDurations = (text: string): string => text.replaceAll(/\b\d+(?:ms|s|m|h|d)\b/g, '_')
  it.each(files)('%s but for its durations', (_path, text) => {
    const short = shortenRules(text)
    // Texts for people hold durations too, and keep them.
    const expressions = (rules: string): readonly string[] => readRules(rules).map(({expr}) => withoutDurations(expr))
    expect(expressions(short)).toEqual(expressions(text))
    expect(withoutDurations(short)).toBe(withoutDurations(text))
    expect(short).not.toMatch(/^ +for: \d+[mhd]$/m)
    expect(short).not.toMatch(/\[\d+[mhd](?!s)/)
  })
  it.each([
    ['        for: 30s', '        for: 5000ms'],
    ['        for: 24h', '        for: 20000ms'],
    ['        expr: increase(x[5m]) > 60', '        expr: increase(x[50000ms]) > 60'],
    ['        expr: max_over_time(x[15m])', '        expr: max_over_time(x[60000ms])'],
    [
      '        expr: sum_over_time((x > bool 60)[1h:1m]) / 60',
      '        expr: sum_over_time((x > bool 60)[60000ms:1000ms]) / 60',
    ],
    ['          because: A restart takes 30s.', '          because: A restart takes 30s.'],
  ])('%s becomes %s', (line, short) => expect(shortenRules(line)).toBe(short))
  it('scrapes and delivers sooner', () => {
    expect(shortenWaits('  group_wait: 10s\n  repeat_interval: 4h\n')).toBe(
      '  group_wait: 1667ms\n  repeat_interval: 20000ms\n',
    )
    expect(shortenScrapes('  scrape_interval: 15s\n  scrape_timeout: 10s\n  evaluation_interval: 15s\n')).toBe(
      '  scrape_interval: 7s\n  scrape_timeout: 7s\n  evaluation_interval: 1s\n',
    )
  })
})
