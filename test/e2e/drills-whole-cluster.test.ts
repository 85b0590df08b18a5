// Drills on real labs: the whole cluster is lost.
import {expect, test} from 'vitest'
import {drillGroups} from './drill-groups.ts'
import {drillMs, expectRestored, useDrills} from './run-drill.ts'

const drills = useDrills('e2e-whole')

test.each(drillGroups.wholeCluster)(
  '%s passes, and leaves nothing behind',
  async name => {
    expectRestored(name, await drills.run(name))
    expect(await drills.left()).toEqual([])
  },
  drillMs,
)
