// Drills on real labs of kinds that the other files have too: they do not fit into the suite's time.
import {expect, test} from 'vitest'
import {drillGroups} from '../drill-groups.ts'
import {
  drillMs,
  expectRefused,
  expectRejected,
  expectRestored,
  expectShardRestored,
  expectShardsRestored,
  expectWentOn,
  useDrills,
} from '../run-drill.ts'

const drills = useDrills('e2e-more')

test.each(drillGroups.nightlyRestored)(
  '%s passes, and leaves nothing behind',
  async name => {
    expectRestored(name, await drills.run(name))
    expect(await drills.left()).toEqual([])
  },
  drillMs,
)

test.each(drillGroups.nightlyShards)(
  '%s passes, and leaves nothing behind',
  async name => {
    expectShardsRestored(await drills.run(name))
    expect(await drills.left()).toEqual([])
  },
  drillMs,
)

test.each(drillGroups.nightlyShard)(
  '%s passes, and leaves nothing behind',
  async name => {
    expectShardRestored(await drills.run(name))
    expect(await drills.left()).toEqual([])
  },
  drillMs,
)

test.each(drillGroups.nightlyGoesOn)(
  '%s passes while the cluster goes on',
  async name => expectWentOn(name, await drills.run(name)),
  drillMs,
)

test.each(drillGroups.nightlyRefused)(
  '%s is refused, and nothing came of it',
  async name => expectRefused(name, await drills.run(name)),
  drillMs,
)

test.each(drillGroups.nightlyRejected)(
  '%s is rejected, by exactly the checks that must',
  async name => expectRejected(name, await drills.run(name)),
  drillMs,
)
