// Drills on real labs: restores that verification must reject, and that a stored one is judged as it was.
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import type {Report} from '../../src/model/report.ts'
import {drillGroups} from './drill-groups.ts'
import {drillMs, expectRejected, useDrills} from './run-drill.ts'

const drills = useDrills('e2e-rejected')

test.each(drillGroups.rejected)(
  '%s is rejected, by exactly the checks that must',
  async name => {
    expectRejected(name, await drills.run(name))
    expect(await drills.left()).toEqual([])
  },
  drillMs,
)

test('a stored drill is listed, shown and judged again as it was', async () => {
  const shown = await drills.json<Report>('runs', 'show', 'latest')
  const checked = await drills.json<Report>('runs', 'check', 'latest')
  expect(checked).toMatchObject({
    verdict: shown.verdict,
    rto: shown.rto,
    pointInTime: shown.pointInTime,
    checks: shown.checks,
  })
  expect(
    await drills.json<readonly {readonly run: string; readonly scenario: string; readonly verdict: string}[]>('runs'),
  ).toContainEqual(expect.objectContaining({run: shown.run, scenario: shown.scenario, verdict: shown.verdict}))
  expect(readFileSync(join(drills.cwd, shown.files['html'] ?? ''), 'utf8')).toContain('<svg')
})
