import {describe, expect, it} from 'vitest'
import {firstPortBase, freeSubnetPrefix, parseCidr, portBases, portEnvironment, portsOf} from './lab-placement.ts'

describe('ports', () => {
  it('are the defaults of the compose file for the first lab', () =>
    expect(portEnvironment(firstPortBase)).toMatchObject({
      HL_PORT_PG1: '54321',
      HL_PORT_REST1: '54331',
      HL_PORT_ETCD3: '54343',
      HL_PORT_PGPOOL: '54351',
    }))
  it('of two blocks never meet', () => {
    const all = portBases(new Set()).flatMap(base => portsOf(base))
    expect(new Set(all).size).toBe(all.length)
    expect(Math.max(...all)).toBeLessThan(65_536)
  })
  it('of a block with a taken one are not offered', () => expect(portBases(new Set([54_342]))[0]).toBe(54_360))
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
