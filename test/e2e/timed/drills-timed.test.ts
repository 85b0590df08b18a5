// Drills on real labs whose objective is as short as a failover.
import {expect, test} from 'vitest'
import {drillGroups} from '../drill-groups.ts'
import {drillMs, expectWentOn, useDrills} from '../run-drill.ts'

const drills = useDrills('e2e-timed')

test.each(drillGroups.goesOnTimed)(
  '%s passes while the cluster goes on, and nothing that was acknowledged at any time is lost',
  async name => {
    expectWentOn(name, await drills.run(name))
    expect(await drills.left()).toEqual([])
  },
  drillMs,
)
