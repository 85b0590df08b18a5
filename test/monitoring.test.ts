// What is published, and what is made of it, agree: the table of metrics and its page.
import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {metricsPage} from '../docs/metrics-page.ts'

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')

test('docs/metrics.md says what the table of metrics says', () =>
  expect(read('docs/metrics.md'), 'run npm run docs').toBe(metricsPage()))
