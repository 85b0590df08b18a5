import {describe, expect, it} from 'vitest'
import {shardScenarios, failoverScenarios} from '../../scenarios/index.ts'
import {HlError} from '../model/errors.ts'
import {requireShape, shapeFor, shardChoice} from './sharded-lab.ts'

const spanning = shardScenarios['shard-primary-crash']
const single = failoverScenarios['primary-crash']
const lab = (...sizes: readonly number[]) =>
  ({
    description: {
      lab: 'lab',
      clusters: sizes.map((size, index) => ({
        name: sizes.length === 1 ? 'hl' : `s${index + 1}`,
        members: Array.from({length: size}, (_none, node) => `pg${node}`),
      })),
    },
  }) as unknown as Parameters<typeof requireShape>[1]

describe('the lab of a scenario over shards', () => {
  it.each([[[2, 2]], [[3, 3]], [[2, 2, 2]]])('may have %j nodes', sizes => {
    expect(() => requireShape(spanning, lab(...sizes))).not.toThrow()
  })
  it.each([
    [[3], 'is one cluster'],
    [[1, 1], 'has s1 of 1, s2 of 1'],
    [[2, 1], 'has s1 of 2, s2 of 1'],
  ])('with %j nodes is refused, with the command that makes the right one', (sizes, is) => {
    const refused = (): void => requireShape(spanning, lab(...sizes))
    expect(refused).toThrow(is)
    try {
      refused()
    } catch (error) {
      expect(error).toBeInstanceOf(HlError)
      expect(error).toMatchObject({code: 'LAB_SETTINGS_DIFFER'})
      expect((error as HlError).next[0]).toContain('hl up --shards 2 --nodes 2')
    }
  })
  it('is no matter for a scenario of one cluster', () => {
    expect(() => requireShape(single, lab(3))).not.toThrow()
    expect([shapeFor(single), shapeFor(spanning)]).toEqual([{}, {shards: 2, nodes: 2}])
  })
  it('is broken where the scenario says, or where a person does', () => {
    expect([shardChoice(spanning, undefined).shard, shardChoice(spanning, {shard: 's1'}).shard]).toEqual(['s2', 's1'])
    expect(shardChoice(single, undefined).shard).toBeUndefined()
  })
})
