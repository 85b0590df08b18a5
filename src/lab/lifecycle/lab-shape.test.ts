import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {
  clusterMembers,
  inOrder,
  membersMax,
  requireFits,
  sameShape,
  servicesOf,
  shapeOf,
  shapeOfData,
} from './lab-shape.ts'

const refused = expect.objectContaining({code: 'CONFIG_INVALID'}) as Error

describe('the shape of a lab', () => {
  it('is the standard one unless another is asked for', () =>
    expect(servicesOf(shapeOf({}))).toEqual(['pg1', 'pg2', 'pg3', 'etcd1', 'etcd2', 'etcd3', 'pgpool']))
  it.each([
    [1, ['pg1', 'etcd1']],
    [2, ['pg1', 'pg2', 'etcd1']],
    [undefined, ['pg1', 'pg2', 'pg3', 'etcd1']],
  ] as const)('is small with %s nodes', (nodes, services) =>
    expect(servicesOf(shapeOf({profile: 'small', ...(nodes === undefined ? {} : {nodes})}))).toEqual(services),
  )
  it('of several clusters names each member after its cluster, and has no pgpool', () => {
    const clusters = [
      {name: 's1', nodes: 2},
      {name: 's2', nodes: 1},
    ]
    expect(servicesOf(shapeOf({profile: 'small', clusters}))).toEqual(['s1-pg1', 's1-pg2', 's2-pg1', 'etcd1'])
    expect(shapeOf({clusters})).toMatchObject({dcsNodes: 3, pgpool: false})
  })
  it('of shards is that many clusters of one size, which need not be three nodes, and has no pgpool', () => {
    const shape = shapeOf({shards: 2, nodes: 2})
    expect(servicesOf(shape)).toEqual(['s1-pg1', 's1-pg2', 's2-pg1', 's2-pg2', 'etcd1', 'etcd2', 'etcd3'])
    expect(servicesOf(shapeOf({shards: 1, profile: 'small'}))).toEqual(['s1-pg1', 's1-pg2', 's1-pg3', 'etcd1'])
    expect(servicesOf(shapeOf({shards: 16, nodes: 3}))).toHaveLength(51)
  })
  it.each([
    ['a standard lab of two', {nodes: 2}],
    ['no shard', {shards: 0}],
    ['less than none', {shards: -1}],
    ['half a shard', {shards: 1.5}],
    ['more shards than there may be', {shards: 17}],
    ['shards of no node', {shards: 2, nodes: 0}],
    ['shards besides clusters', {shards: 1, clusters: [{name: 'a', nodes: 1}]}],
    ['no node', {profile: 'small', nodes: 0}],
    ['four nodes', {profile: 'small', nodes: 4}],
    ['half a node', {profile: 'small', nodes: 1.5}],
    ['nodes besides clusters', {nodes: 1, clusters: [{name: 'a', nodes: 1}]}],
    ['no cluster', {clusters: []}],
    [
      'two of one name',
      {
        clusters: [
          {name: 'a', nodes: 1},
          {name: 'a', nodes: 1},
        ],
      },
    ],
    ['a name that is no host name', {clusters: [{name: 'A_b', nodes: 1}]}],
    ['more members than ports', {clusters: Array.from({length: 17}, (_, index) => ({name: `c${index}`, nodes: 3}))}],
  ] as const)('cannot be %s', (_what, request) => expect(() => shapeOf(request)).toThrow(refused))

  it.each([
    ['strict with a node alone', {profile: 'small', nodes: 1}, {settings: {synchronousMode: 'strict'}}],
    ['a synchronous archive with a node alone', {profile: 'small', nodes: 1}, {settings: {}, archive: 'sync'}],
    [
      'one receiver for two clusters',
      {clusters: ['a', 'b'].map(name => ({name, nodes: 1}))},
      {settings: {}, archive: 'stream'},
    ],
  ] as const)('does not go with %s', (_what, request, wanted) =>
    expect(() => requireFits(shapeOf(request), wanted)).toThrow(refused),
  )
  it('goes with all else', () => {
    requireFits(shapeOf({profile: 'small', nodes: 1}), {settings: {synchronousMode: 'on'}, archive: 'command'})
    requireFits(shapeOf({}), {settings: {synchronousMode: 'strict'}, archive: 'sync'})
    requireFits(
      shapeOf({
        clusters: [
          {name: 'a', nodes: 2},
          {name: 'b', nodes: 2},
        ],
      }),
      {settings: {}, archive: 'command'},
    )
  })
})

describe('the data that a lab left', () => {
  const small = fc.record({profile: fc.constant('small' as const), nodes: fc.integer({min: 1, max: 3})})
  const shards = fc.record({shards: fc.integer({min: 1, max: 16}), nodes: fc.integer({min: 1, max: 3})})
  const several = fc
    .uniqueArray(fc.constantFrom('a', 'b', 's1', 's2', 's10', 'hl'), {minLength: 1, maxLength: 4})
    .chain(names =>
      fc.record({
        profile: fc.constantFrom('small' as const, 'standard' as const),
        clusters: fc.tuple(
          ...[...names]
            .sort(inOrder)
            .map(name => fc.record({name: fc.constant(name), nodes: fc.integer({min: 1, max: 3})})),
        ),
      }),
    )
    .filter(({clusters}) => clusters.reduce((sum, {nodes}) => sum + nodes, 0) <= membersMax)
    .filter(({clusters}) => !(clusters.length === 1 && clusters[0]?.name === 'hl'))
  it('tells its shape', () => {
    fc.assert(
      fc.property(fc.oneof(fc.constant({}), small, several, shards), request => {
        const shape = shapeOf(request)
        const volumes = [
          ...servicesOf(shape)
            .filter(name => name !== 'pgpool')
            .map(name => `${name}-data`),
          'secrets',
          'archive-data',
        ]
        const left = shapeOfData(volumes)
        expect(left !== null && sameShape(left, shape)).toBe(true)
      }),
    )
  })
  it('is none without a data directory', () =>
    expect(shapeOfData(['secrets', 'archive-data', 'etcd1-data'])).toBeNull())
  it('still counts a destroyed node below another', () =>
    expect(shapeOfData(['pg1-data', 'pg3-data', 'etcd1-data'])).toEqual(shapeOf({profile: 'small'})))
})

describe('members', () => {
  it('are never called alike', () =>
    expect(
      clusterMembers(
        shapeOf({
          clusters: [
            {name: 'hl', nodes: 1},
            {name: 'a', nodes: 2},
          ],
        }),
      ).map(({members}) => members),
    ).toEqual([['pg1'], ['a-pg1', 'a-pg2']]))
})
