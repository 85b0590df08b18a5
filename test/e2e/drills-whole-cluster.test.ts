// Drills on real labs: the cluster is lost, goes back in its own place, or fails over while it is backed up.
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
