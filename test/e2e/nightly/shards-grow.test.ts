// The example shop goes from one cluster to two shards, to three, and back to two, while customers order. It is rolled
// out anew with the addresses of each shard that comes, as an application would be.
import {expect, test} from 'vitest'
import {startShop} from '../run-shop.ts'
import {useLab} from '../use-lab.ts'
import {expectNoOrderLost, shardedShop, whileOrdering} from '../while-ordering.ts'

const lab = useLab('shards-grow', {up: ['--profile', 'small', '--shards', '1', '--nodes', '1']})

async function does(...words: readonly string[]): Promise<void> {
  const {exitCode, stdout, stderr} = await lab.hl(...words)
  expect(exitCode, `${words.join(' ')}: ${stdout}${stderr}`).toBe(0)
}

/** Groups by shard. */
async function owned(): Promise<readonly number[]> {
  const {result} = await lab.json<{readonly shards: readonly {readonly groupsOwned: number}[]}>('shards', 'map')
  return result.shards.map(({groupsOwned}) => groupsOwned)
}

test('the shop grows to three shards and shrinks to two, and no request fails', {timeout: 1_200_000}, async () => {
  const trade = await whileOrdering(await shardedShop(lab), async front => {
    const seen = [await owned()]
    for (const shard of ['s2', 's3']) {
      await does('up', '--add-shard')
      const ended = await front.replaceBy(await startShop(await shardedShop(lab), 60_000), 60_000)
      expect(ended).toMatchObject({exitCode: 0, signal: null})
      await does('shards', 'add', shard, '--by', 'groups', '--yes')
      await does('shards', 'finish', '--yes')
      seen.push(await owned())
    }
    await does('shards', 'drain', 's3', '--yes')
    await does('shards', 'finish', '--yes')
    return [...seen, await owned()]
  })
  expect(trade.result).toEqual([[64], [32, 32], expect.any(Array), expect.any(Array)])
  const [, , three = [], two = []] = trade.result
  expect(three.toSorted()).toEqual([21, 21, 22])
  expect([two.toSorted(), two[2]]).toEqual([[0, 32, 32], 0])
  expectNoOrderLost(trade)
  await does('shards', 'verify')
})
