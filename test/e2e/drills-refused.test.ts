// Drills on real labs: a restore that hl must refuse.
import {expect, test} from 'vitest'
import {drillGroups} from './drill-groups.ts'
import {drillMs, expectRefused, useDrills} from './run-drill.ts'

const drills = useDrills('e2e-refused')

test.each(drillGroups.refused)(
  '%s is refused, with the name of what is wrong and a way out, and the lab goes on',
  async name => {
    expectRefused(name, await drills.run(name))
    expect(await drills.left()).toEqual([])
  },
  drillMs,
)
