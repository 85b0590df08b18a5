import {describe, expect, it} from 'vitest'
import {
  firstPortBase,
  freeSubnetPrefix,
  parseCidr,
  portBases,
  portsOf,
  portsOfLab,
  type PortsAt,
} from './lab-placement.ts'
import {shapeOf, type LabShape} from './lab-shape.ts'

const standard = shapeOf({})
const portsAt =
  (shape: LabShape): PortsAt =>
  base =>
    portsOf(shape, base)

describe('ports', () => {
  it('are the defaults of the compose file for the first lab', () =>
    expect(portsOfLab(standard, firstPortBase)).toEqual({
      postgres: [24_321, 24_322, 24_323],
      rest: [24_331, 24_332, 24_333],
      etcd: [24_341, 24_342, 24_343],
      pgpool: 24_351,
    }))
  it('are no more than a small lab has services', () =>
    expect(portsOf(shapeOf({profile: 'small', nodes: 1}), 24_320)).toEqual([24_321, 24_331, 24_341]))
  it('of two blocks never meet, however large the labs are', () => {
    const clusters = ['a', 'b', 'c'].map(name => ({name, nodes: 3}))
    const shape = shapeOf({clusters})
    const all = portBases(portsAt(shape), new Set()).flatMap(base => portsOf(shape, base))
    expect(new Set(all).size).toBe(all.length)
    expect(Math.max(...all)).toBeLessThan(65_536)
  })
  it.each([24_321, 24_342, 24_359, 24_360])('of a block with the taken port %i are not offered', port =>
    expect(portBases(portsAt(standard), new Set([port]))[0]).toBe(24_360),
  )
  it.each([1, 3, 4, 16])('of %i shards are all different, within blocks that are free whole', shards => {
    const shape = shapeOf({shards})
    const ports = portsOf(shape, 24_320)
    expect(new Set(ports).size).toBe(ports.length)
    const blocks = Math.ceil((Math.max(...ports) - 24_320) / 40)
    expect(portBases(portsAt(shape), new Set([24_321 + blocks * 40 - 1]))[0]).toBe(24_320 + blocks * 40)
    expect(portBases(portsAt(shape), new Set([24_321 + blocks * 40]))[0]).toBe(24_320)
    expect(Math.max(...portsOf(shape, portBases(portsAt(shape), new Set()).at(-1) ?? 0))).toBeLessThanOrEqual(30_000)
  })
})

describe('a network', () => {
  it('is the first free one', () => expect(freeSubnetPrefix([])).toBe('10.231.0'))
  it('is not one that another has', () =>
    expect(freeSubnetPrefix(['10.231.0.0/24', '172.17.0.0/16', 'fd00::/64', 'nonsense'])).toBe('10.231.1'))
  it('is not inside or around a larger one', () =>
    expect(freeSubnetPrefix(['10.231.0.0/23', '10.231.2.7/32'])).toBe('10.231.3'))
  it('is none when all are taken', () => expect(freeSubnetPrefix(['10.0.0.0/8'])).toBeNull())
  it.each([['300.1.1.1/24'], ['10.0.0.0/33'], ['10.0.0/8'], ['']])('%s is no network', text =>
    expect(parseCidr(text)).toBeNull(),
  )
  it('has its whole range', () => expect(parseCidr('10.231.5.9/24')).toEqual({from: 182_912_256, to: 182_912_511}))
})
