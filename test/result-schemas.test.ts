// docs/schemas says what --json prints: made from the types of the commands, and held against what they answer.
import {readFileSync, readdirSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {describe, expect, it, test} from 'vitest'
import {errorSchema, resultSchemas} from '../docs/result-schemas.ts'
import {listStored} from '../src/experiment/store/list-stored.ts'
import {readReport} from '../src/experiment/store/stored-report.ts'
import {scenarios} from '../scenarios/index.ts'
import {failReport, passReport, trialsReport} from './golden/fixtures.ts'
import {schemaProblems} from './json-schema.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = `${root}docs/schemas/`
const stored = (name: string): Readonly<Record<string, unknown>> =>
  JSON.parse(readFileSync(`${folder}${name}.json`, 'utf8')) as Readonly<Record<string, unknown>>

/** As it is printed. */
const answer = (command: string, result: unknown): unknown =>
  JSON.parse(JSON.stringify({ok: true, schemaVersion: 1, command, result}))

test('docs/schemas says what the commands return', () => {
  const schemas = new Map([...resultSchemas(root), ['error.json', errorSchema]])
  expect(readdirSync(folder).toSorted()).toEqual([...schemas.keys()].toSorted())
  for (const [name, schema] of schemas)
    expect(`${JSON.stringify(schema, null, 2)}\n`, `${name}: run npm run docs`).toBe(
      readFileSync(`${folder}${name}`, 'utf8'),
    )
})

describe('answers fit their schema', () => {
  it.each([
    ['a run', passReport],
    ['a run that failed', failReport],
    ['trials', trialsReport],
  ])('a report of %s', (_what, report) =>
    expect(schemaProblems(stored('failover'), answer('failover', report))).toEqual([]),
  )

  it.each(Object.entries(scenarios))('scenario %s', (_name, scenario) =>
    expect(schemaProblems(stored('scenarios-show'), answer('scenarios show', scenario))).toEqual([]),
  )

  it('runs of today and of the version before', () => {
    const runs = `${root}test/fixtures/runs-before`
    const lines = listStored(runs)
    expect(lines.length).toBeGreaterThan(0)
    expect(schemaProblems(stored('runs-list'), answer('runs list', lines))).toEqual([])
    expect(lines.every(({startedAt}) => startedAt === null || /Z$/.test(startedAt))).toBe(true)
    const [first] = lines
    expect(schemaProblems(stored('runs-show'), answer('runs show', readReport(runs, first?.run ?? '')))).toEqual([])
  })
})

test('docs/scenarios.md names every field of a scenario', () => {
  const page = readFileSync(`${root}docs/scenarios.md`, 'utf8')
  const fields = fieldsIn(stored('scenarios-show')['$defs'])
  expect(fields.length).toBeGreaterThan(40)
  expect(fields.filter(name => !page.includes(`\`${name}\``))).toEqual([])
})

/** Names of fields, however deep. */
function fieldsIn(schema: unknown): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return []
  const own = 'properties' in schema ? Object.keys(schema.properties as object) : []
  return [...new Set([...own, ...Object.values(schema).flatMap(fieldsIn)])]
}

describe('a schema', () => {
  const line = {run: 'r', scenario: null, command: null, verdict: 'pass', rto: null, trials: null, lostWrites: 0}
  const whole = {...line, seed: 1, startedAt: null}
  it.each<readonly [string, unknown, string]>([
    ['a field that is missing', line, '$.result[0].seed: is missing'],
    ['a field that is not known', {...whole, more: 1}, '$.result[0].more: is not in the schema'],
    ['a number as text', {...whole, lostWrites: '0'}, '$.result[0].lostWrites: is string'],
    ['a word that is none', {...whole, verdict: 'ok'}, '$.result[0].verdict: '],
  ])('refuses %s', (_what, value, problem) =>
    expect(schemaProblems(stored('runs-list'), answer('runs list', [value])).join('; ')).toContain(problem),
  )
})
