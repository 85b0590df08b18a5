import {describe, expect, it} from 'vitest'
import type {Partition} from '../../model/ports.ts'
import {cutRules, holdsDrop} from './partition-rules.ts'

const addresses = {members: ['10.231.0.12', '10.231.0.13'], dcs: ['10.231.0.21']}

interface Packet {
  readonly way: 'in' | 'out'
  readonly peer: string
  readonly loopback?: boolean
}

/**
 * What iptables would do with a packet: rules of the chain in order, `-I … 1` in front; nothing matched means accept.
 */
function isDropped(rules: string, {way, peer, loopback = false}: Packet): boolean {
  const chain = way === 'in' ? 'HL-FAULT-IN' : 'HL-FAULT-OUT'
  const ordered = rules
    .split('\n')
    .filter(line => line.includes(chain))
    .reduce<readonly string[]>(
      (chainRules, line) => (line.startsWith('-I') ? [line, ...chainRules] : [...chainRules, line]),
      [],
    )
  for (const rule of ordered) {
    const address = /-[sd] (\S+)/.exec(rule)?.[1]
    if (address !== undefined && address !== peer) continue
    if (/-[io] lo/.test(rule) && !loopback) continue
    return rule.endsWith('-j DROP')
  }
  return false
}

const both = (from: Partition['from']): string => cutRules({from, direction: 'both'}, addresses)

describe('a cut', () => {
  it.each<[Partition['from'], string, boolean]>([
    [['members'], '10.231.0.12', true],
    [['members'], '10.231.0.21', false],
    [['members'], '10.231.0.1', false],
    [['dcs'], '10.231.0.21', true],
    [['dcs'], '10.231.0.13', false],
    [['clients'], '10.231.0.1', true],
    [['clients'], '10.231.0.31', true],
    [['clients'], '10.231.0.12', false],
    [['clients'], '10.231.0.21', false],
    [['members', 'dcs', 'clients'], '10.231.0.12', true],
    [['members', 'dcs', 'clients'], '10.231.0.21', true],
    [['members', 'dcs', 'clients'], '8.8.8.8', true],
  ])('from %o drops packets of %s: %s', (from, peer, dropped) => {
    expect([isDropped(both(from), {way: 'in', peer}), isDropped(both(from), {way: 'out', peer})]).toEqual([
      dropped,
      dropped,
    ])
  })
  it('never touches loopback', () =>
    expect(isDropped(both(['members', 'dcs', 'clients']), {way: 'in', peer: '127.0.0.1', loopback: true})).toBe(false))
  it.each(['in', 'out'] as const)('of one direction leaves the other: %s', way => {
    const rules = cutRules({from: ['members', 'clients'], direction: way}, addresses)
    for (const peer of ['10.231.0.12', '10.231.0.1'])
      expect([isDropped(rules, {way, peer}), isDropped(rules, {way: way === 'in' ? 'out' : 'in', peer})]).toEqual([
        true,
        false,
      ])
  })
  it('added to another cuts both, in either order', () => {
    const [clients, members] = [both(['clients']), both(['members'])]
    for (const rules of [clients + members, members + clients]) {
      expect(isDropped(rules, {way: 'in', peer: '10.231.0.12'})).toBe(true)
      expect(isDropped(rules, {way: 'in', peer: '10.231.0.1'})).toBe(true)
      expect(isDropped(rules, {way: 'in', peer: '10.231.0.21'})).toBe(false)
    }
  })
  it('is one transaction of iptables-restore', () => expect(both(['dcs'])).toMatch(/^\*filter\n(-[IA] .*\n)+COMMIT\n$/))
})

describe('a listing', () => {
  it('with a drop is a cut', () =>
    expect(holdsDrop('-N HL-FAULT-IN\n-A HL-FAULT-IN -s 10.231.0.12/32 -j DROP\n')).toBe(true))
  it('of empty chains is none', () => expect(holdsDrop('-N HL-FAULT-IN\n-A HL-FAULT-IN -i lo -j RETURN\n')).toBe(false))
})
