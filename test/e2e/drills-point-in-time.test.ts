// Drills on real labs: a bad statement, a restore into a new lab, and what was lost, counted again by hand.
import {expect, test} from 'vitest'
import {drillGroups} from './drill-groups.ts'
import {drillMs, expectRestored, useDrills} from './run-drill.ts'

const drills = useDrills('e2e-pit')

test.each(drillGroups.pointInTime)(
  '%s passes, and leaves nothing behind',
  async name => {
    expectRestored(name, await drills.run(name))
    expect(await drills.left()).toEqual([])
  },
  drillMs,
)
