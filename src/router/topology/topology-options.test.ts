// What a person may write, and what is said about what does not work: the field, and what is wanted.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {topologySettingsOf, type TopologyOptions} from './topology-options.ts'

const times = {pollMs: 250, fastPollMs: 50, timeoutMs: 1_000, evidenceTtlMs: 3_000}

describe('topology options', () => {
  it.each<readonly [string, TopologyOptions, unknown]>([
    [
      'Patroni',
      {patroni: ['http://10.0.0.1:8008//', 'https://pg2:8008/patroni']},
      {...times, source: {kind: 'patroni', urls: ['http://10.0.0.1:8008', 'https://pg2:8008/patroni']}},
    ],
    [
      'hosts',
      {hosts: ['db1', 'db2.example:6432', '10.0.0.3', '[fe80::1%eth0]:6432', '[::1]', 'my_db']},
      {
        ...times,
        source: {
          kind: 'hosts',
          nodes: [
            {node: 'db1:5432', host: 'db1', port: 5_432},
            {node: 'db2.example:6432', host: 'db2.example', port: 6_432},
            {node: '10.0.0.3:5432', host: '10.0.0.3', port: 5_432},
            {node: '[fe80::1%eth0]:6432', host: 'fe80::1%eth0', port: 6_432},
            {node: '[::1]:5432', host: '::1', port: 5_432},
            {node: 'my_db:5432', host: 'my_db', port: 5_432},
          ],
        },
      },
    ],
    [
      'a name',
      {dns: 'db.example'},
      {...times, source: {kind: 'dns', name: 'db.example', port: 5_432, refreshMs: 5_000}},
    ],
    [
      'a name, with everything',
      {dns: 'db', port: 6_432, refreshMs: 100, pollMs: 20, fastPollMs: 10, timeoutMs: 70, evidenceTtlMs: 20},
      {
        pollMs: 20,
        fastPollMs: 10,
        timeoutMs: 70,
        evidenceTtlMs: 20,
        source: {kind: 'dns', name: 'db', port: 6_432, refreshMs: 100},
      },
    ],
  ])('%s', (_what, options, expected) => expect(topologySettingsOf(options)).toEqual(expected))

  const patroni = ['http://pg1:8008']
  it.each<readonly [unknown, typeof RangeError | typeof TypeError, string]>([
    [undefined, TypeError, 'topology is undefined: an object with patroni, hosts or dns is wanted'],
    [['http://pg1:8008'], TypeError, 'topology is a list: an object'],
    [{}, RangeError, 'topology names no source: one of topology.patroni'],
    [{patroni: undefined}, RangeError, 'topology names no source'],
    [{patroni, hosts: ['a']}, RangeError, 'topology.patroni and topology.hosts are both given: exactly one'],
    [
      {patroni, urls: patroni},
      TypeError,
      'topology.urls is not known beside topology.patroni: known are patroni, pollMs',
    ],
    [{hosts: ['a'], refreshMs: 5}, TypeError, 'topology.refreshMs is not known beside topology.hosts'],
    [{patroni: []}, RangeError, 'topology.patroni is empty: name at least a Patroni REST URL'],
    [{patroni: 'http://pg1:8008'}, TypeError, 'topology.patroni is "http://pg1:8008": a list is wanted'],
    [
      {patroni: ['pg1:8008']},
      RangeError,
      'topology.patroni[0] is "pg1:8008": a URL such as http://10.0.0.1:8008 is wanted',
    ],
    [{patroni: [...patroni, '']}, RangeError, 'topology.patroni[1] is ""'],
    [{patroni: [7]}, TypeError, 'topology.patroni[0] is 7'],
    [{patroni: ['http://pg1:8008/?a=b']}, RangeError, 'a base URL is wanted'],
    [{patroni: [...patroni, 'http://pg1:8008/']}, RangeError, 'topology.patroni[1] is "http://pg1:8008" once more'],
    [{hosts: []}, RangeError, 'topology.hosts is empty: name at least a server such as db1.example:5432'],
    [{hosts: ['a', 'a:5432']}, RangeError, 'topology.hosts[1] is "a:5432" once more'],
    [{hosts: ['a:b']}, RangeError, 'topology.hosts[0] is "a:b": host:port or host is wanted, IPv6 as [::1]:5432'],
    [{hosts: ['a:']}, RangeError, 'topology.hosts[0]'],
    [{hosts: ['a:0']}, RangeError, 'topology.hosts[0] has the port 0: 1 to 65535 is wanted'],
    [{hosts: ['a:65536']}, RangeError, 'the port 65536'],
    [{hosts: ['::1']}, RangeError, 'IPv6 as [::1]:5432'],
    [{hosts: ['[10.0.0.1]:5432']}, RangeError, 'topology.hosts[0]'],
    [{hosts: ['/var/run/postgresql']}, RangeError, 'topology.hosts[0]'],
    [{hosts: ['a,b']}, RangeError, 'topology.hosts[0]'],
    [{hosts: [null]}, TypeError, 'topology.hosts[0] is null: host:port is wanted'],
    [{dns: ''}, RangeError, 'topology.dns is "": one name such as db.example is wanted'],
    [{dns: 'db:5432'}, RangeError, 'a port goes into port'],
    [{dns: ['db']}, TypeError, 'topology.dns is a list'],
    [{dns: 'db', port: '5432'}, TypeError, 'topology.port is "5432": a port is wanted'],
    [{dns: 'db', port: 5.5}, RangeError, 'topology.port has the port 5.5'],
    [{dns: 'db', refreshMs: 0}, RangeError, 'topology.refreshMs is 0'],
    [{patroni, pollMs: NaN}, RangeError, 'topology.pollMs is NaN'],
    [{patroni, fastPollMs: -1}, RangeError, 'topology.fastPollMs is -1'],
    [{patroni, timeoutMs: Infinity}, RangeError, 'topology.timeoutMs is Infinity'],
    [{patroni, timeoutMs: 2 ** 31}, RangeError, 'topology.timeoutMs is 2147483648'],
    [{patroni, evidenceTtlMs: '3s'}, TypeError, 'topology.evidenceTtlMs is "3s": a number of milliseconds is wanted'],
    [{patroni, pollMs: 5_000}, RangeError, 'topology.evidenceTtlMs is 3000, below topology.pollMs (5000)'],
  ])('%j is refused', (options, kind, text) => {
    let refusal: unknown = null
    try {
      topologySettingsOf(options as TopologyOptions)
    } catch (error) {
      refusal = error
    }
    expect(refusal).toBeInstanceOf(kind)
    expect(refusal).toMatchObject({message: expect.stringContaining(text)})
  })

  it.each([
    [{patroni: ['http://app:hunter2@pg1:8008']}],
    [{hosts: ['postgres://app:hunter2@pg1:5432']}],
    [{dns: 'app:hunter2@db'}],
  ])('%j is refused without telling the password', options => {
    expect(() => topologySettingsOf(options)).toThrow(/^(?!.*hunter2)/)
  })

  it("goes by the name it has at its owner's", () =>
    expect(() => topologySettingsOf({hosts: []}, 'shards[2].topology')).toThrow('shards[2].topology.hosts is empty'))

  it('anything is either taken or refused with the name of the field', () => {
    const key = fc.constantFrom(
      'patroni',
      'hosts',
      'dns',
      'port',
      'refreshMs',
      'pollMs',
      'fastPollMs',
      'timeoutMs',
      'evidenceTtlMs',
      'urls',
    )
    const value = fc.oneof(
      fc.anything(),
      fc.array(fc.oneof(fc.string(), fc.constantFrom('a:1', 'http://a'))),
      fc.integer({min: -5, max: 70_000}),
    )
    fc.assert(
      fc.property(fc.oneof(fc.dictionary(key, value), fc.anything()), options => {
        try {
          const {source, ...rest} = topologySettingsOf(options as TopologyOptions)
          expect(['patroni', 'hosts', 'dns']).toContain(source.kind)
          for (const ms of Object.values(rest)) expect(ms).toBeGreaterThan(0)
        } catch (error) {
          expect(error instanceof RangeError || error instanceof TypeError).toBe(true)
          expect(String(error)).toMatch(/: topology\b/)
        }
      }),
      {numRuns: 500},
    )
  })
})
