// A drill on a real lab that is restored: what was lost is counted, and a stored drill is judged as it was. Not here:
// the other drills (nightly/drills-more.test.ts).
import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import type {Report} from '../../../src/model/report.ts'
import {drillGroups} from '../drill-groups.ts'
import {drillMs, expectRestored, useDrills} from '../run-drill.ts'

const drills = useDrills('e2e-restored')

test.each(drillGroups.restored)(
  '%s passes, and leaves nothing behind',
  async name => {
    expectRestored(name, await drills.run(name))
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
