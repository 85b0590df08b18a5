// No input makes a parser throw anything but JsonError, and real answers are read right.
import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {containerStatus, parseContainers, parseEngine, parseSubnets, parseStatuses} from './docker/parse-docker.ts'
import {
  parseEtcdVersion,
  parseHealth,
  parseLease,
  parseMemberStatus,
  parseRange,
  parseToken,
  readDcsKeys,
} from './etcd/parse-etcd.ts'
import {formatServerVersion, parseConfig, parseNodeStatus} from './patroni/parse-patroni.ts'
import {pausedLoopEnded} from './patroni/apply-settings.ts'
import {JsonError} from './read-json.ts'

const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  parseContainers,
  parseSubnets,
  parseStatuses,
  parseEngine,
  parseRange,
  parseLease,
  parseToken,
  parseMemberStatus,
  parseHealth,
  parseEtcdVersion,
  parseNodeStatus,
  parseConfig,
  readDcsKeys: text => readDcsKeys(parseRange(text), '/service/hl/'),
}

/** JSON of the right shape with wrong leaves: the interesting half of all input. */
const names = [
  'State',
  'Status',
  'Config',
  'Env',
  'Labels',
  'NetworkSettings',
  'Networks',
  'IPAMConfig',
  'HostConfig',
  'PortBindings',
  'IPAM',
  'kvs',
  'key',
  'value',
  'lease',
  'header',
  'revision',
  'TTL',
  'xlog',
  'role',
  'timeline',
  'patroni',
  'postgresql',
  'leader',
]
const nearMiss = fc.letrec(tie => ({
  node: fc.oneof(
    {maxDepth: 5},
    fc.jsonValue(),
    fc.dictionary(fc.constantFrom(...names), tie('node'), {maxKeys: 6}),
    fc.array(tie('node'), {maxLength: 3}),
  ),
})).node

describe.each(Object.entries(parsers))('%s', (_, parse) => {
  it('throws nothing but JsonError', () => {
    const harmless = (text: string): void => {
      try {
        parse(text)
      } catch (error) {
        expect(error).toBeInstanceOf(JsonError)
      }
    }
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          nearMiss.map(value => JSON.stringify(value)),
        ),
        harmless,
      ),
      {numRuns: 300},
    )
  })
})

describe('a node by its own word', () => {
  const primary =
    '{"state":"running","role":"primary","server_version":170012,"xlog":{"location":84500824},"timeline":2,"patroni":{"version":"4.0.7","scope":"hl","name":"pg3"}}'
  const standby =
    '{"state":"running","role":"replica","xlog":{"received_location":84500824,"replayed_location":84500000,"paused":false},"sync_standby":true,"timeline":2,"replication_state":"streaming"}'

  it('is a primary with its flushed position', () =>
    expect(parseNodeStatus(primary)).toMatchObject({
      state: 'running',
      role: 'primary',
      timeline: 2,
      walBytes: 84_500_824,
      replicationState: null,
      serverVersion: 170_012,
      patroniVersion: '4.0.7',
    }))
  it('is a standby with what it received and replayed', () =>
    expect(parseNodeStatus(standby)).toMatchObject({
      role: 'standby',
      walBytes: 84_500_824,
      replayedBytes: 84_500_000,
      replicationState: 'streaming',
      syncStandby: true,
    }))
  it('counts as synchronous in a quorum too', () =>
    expect(parseNodeStatus('{"role":"replica","quorum_standby":true}').syncStandby).toBe(true))
  it('tells maintenance mode and a pending restart', () =>
    expect(parseNodeStatus('{"pause":true,"pending_restart":true}')).toMatchObject({
      maintenance: true,
      pendingRestart: true,
      state: 'unknown',
    }))
  it('has a version that people know', () => expect(formatServerVersion(170_012)).toBe('17.12'))
})

describe("Patroni's keys in etcd", () => {
  const encode = (text: string): string => Buffer.from(text).toString('base64')
  const range = (entries: Readonly<Record<string, string>>): string =>
    JSON.stringify({
      header: {revision: '112'},
      kvs: Object.entries(entries).map(([key, value]) => ({
        key: encode(`/service/hl/${key}`),
        value: encode(value),
        lease: key === 'leader' ? '1405864167536530704' : undefined,
      })),
    })
  const read = (entries: Readonly<Record<string, string>>) => readDcsKeys(parseRange(range(entries)), '/service/hl/')

  it('name the owner of the lease and keep its number exact', () =>
    expect(read({leader: 'pg3'})).toMatchObject({revision: 112, leaseOwner: 'pg3', leaseId: '1405864167536530704'}))
  it('name nobody when the key is gone', () =>
    expect(read({})).toMatchObject({leaseOwner: null, leaseId: null, syncStandbys: []}))
  it('list synchronous standbys', () =>
    expect(read({sync: '{"leader":"pg3","quorum":1,"sync_standby":"pg1,pg2"}'}).syncStandbys).toEqual(['pg1', 'pg2']))
  it('list none for null', () => expect(read({sync: '{"leader":null,"sync_standby":null}'}).syncStandbys).toEqual([]))
  it('tell maintenance mode', () =>
    expect([read({config: '{"pause":true}'}).maintenance, read({config: '{"pause":null}'}).maintenance]).toEqual([
      true,
      false,
    ]))
  it('that are no JSON count as absent', () =>
    expect(read({config: 'x', sync: '['})).toMatchObject({config: null, syncStandbys: []}))
})

describe('etcd', () => {
  it('leads by its own word', () =>
    expect(parseMemberStatus('{"header":{"member_id":"42"},"leader":"42","raftTerm":"3"}')).toEqual({
      leads: true,
      term: 3,
    }))
  it('follows another', () =>
    expect(parseMemberStatus('{"header":{"member_id":"42"},"leader":"43","raftTerm":"3"}').leads).toBe(false))
  it('has no leader when it says so', () =>
    expect(parseMemberStatus('{"header":{"member_id":"42"},"raftTerm":"3"}').leads).toBe(false))
  it('counts a lease in seconds', () =>
    expect(parseLease('{"TTL":"16","grantedTTL":"20"}')).toEqual({leftMs: 16_000, grantedMs: 20_000}))
  it('says -1 for a lease that is gone', () => expect(parseLease('{"TTL":"-1","grantedTTL":"0"}')).toBeNull())
})

describe('a container', () => {
  const inspect = JSON.stringify([
    {
      Id: 'abc',
      Name: '/hl-lab-pg1-1',
      Image: 'sha256:1',
      State: {Status: 'exited', ExitCode: 137},
      HostConfig: {PortBindings: {'5432/tcp': [{HostIp: '127.0.0.1', HostPort: '24321'}], '9/udp': null}},
      Config: {Labels: {'hl.lab': 'lab', 'hl.service': 'pg1', 'broken': 1}, Env: ['HL_SCOPE=hl', 'A=b=c', 'EMPTY']},
      NetworkSettings: {Networks: {lab: {IPAMConfig: {IPv4Address: '10.231.0.11'}, IPAddress: ''}}},
    },
  ])
  it('keeps its address and ports when it is stopped', () =>
    expect(parseContainers(inspect)[0]).toMatchObject({
      name: 'hl-lab-pg1-1',
      status: 'stopped',
      address: '10.231.0.11',
      ports: [{containerPort: 5432, hostPort: 24_321}],
      environment: {A: 'b=c', EMPTY: ''},
      labels: {'hl.service': 'pg1'},
    }))
  it.each([
    ['running', 'running'],
    ['restarting', 'running'],
    ['paused', 'paused'],
    ['exited', 'stopped'],
    ['created', 'stopped'],
    ['dead', 'stopped'],
  ])('%s is %s', (docker, ours) => expect(containerStatus(docker)).toBe(ours))
  it('is listed with its state', () =>
    expect([...parseStatuses('a\trunning\nb\tpaused\n')]).toEqual([
      ['a', 'running'],
      ['b', 'paused'],
    ]))
})

it('a loop of maintenance mode has ended when Patroni says so, not when the mode is mentioned', () => {
  expect(
    pausedLoopEnded(
      '2026-11-24T14:39:51.000Z 2026-11-24 14:39:51,000 INFO: PAUSE: no action. I am (pg1), a secondary, and following a leader (pg2)\n',
    ),
  ).toBe(true)
  expect(
    pausedLoopEnded(
      '2026-11-24T14:39:50.000Z 2026-11-24 14:39:50,000 INFO: no action. I am (pg1), a secondary, and following a leader (pg2)\n',
    ),
  ).toBe(false)
  expect(pausedLoopEnded('')).toBe(false)
})
