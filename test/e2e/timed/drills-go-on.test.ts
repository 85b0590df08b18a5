// Drills on real labs: what was damaged is repaired, and the cluster goes on.
import {expect, test} from 'vitest'
import {drillGroups} from '../drill-groups.ts'
import {drillMs, expectWentOn, useDrills} from '../run-drill.ts'

const drills = useDrills('e2e-goes-on')

test.each(drillGroups.goesOn)(
  '%s passes while the cluster goes on, and nothing that was acknowledged at any time is lost',
  async name => {
    expectWentOn(name, await drills.run(name))
    expect(await drills.left()).toEqual([])
  },
  drillMs,
)
