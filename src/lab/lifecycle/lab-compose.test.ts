import {describe, expect, it} from 'vitest'
import {asObject, parseJson} from '../read-json.ts'
import {labCompose, type LabPlan} from './lab-compose.ts'
import {servicesOf, shapeOf, type ShapeRequest} from './lab-shape.ts'
import {labConfig} from './package-files.ts'

const planOf = (request: ShapeRequest, more: Partial<LabPlan> = {}): LabPlan => ({
  lab: 'lab',
  shape: shapeOf(request),
  placement: {portBase: 24_360, subnetPrefix: '10.231.7'},
  dcsConfig: {ttl: 20, loop_wait: 5},
  archive: 'none',
  encrypt: false,
  ...more,
})
const read = (plan: LabPlan) => asObject(parseJson(labCompose(plan), 'compose'), 'compose')
const serviceOf = (plan: LabPlan, name: string) => asObject(asObject(read(plan)['services'], 'services')[name], name)

describe('the document of a lab', () => {
  it.each([
    {},
    {profile: 'small', nodes: 1},
    {
      clusters: [
        {name: 's1', nodes: 2},
        {name: 's2', nodes: 2},
      ],
    },
  ] as const)('of %j holds every service once, and each says which ones there are', request => {
    const plan = planOf(request)
    const names = servicesOf(plan.shape)
    expect(Object.keys(asObject(read(plan)['services'], 'services')).sort()).toEqual([...names].sort())
    for (const name of names)
      expect(serviceOf(plan, name)['labels']).toMatchObject({
        'hl.lab': 'lab',
        'hl.service': name,
        'hl.services': names.join(' '),
      })
  })
  it('gives each service an address of its own, known to all', () => {
    const plan = planOf({
      clusters: [
        {name: 's1', nodes: 2},
        {name: 's2', nodes: 2},
      ],
    })
    const hosts = asObject(serviceOf(plan, 's2-pg2')['extra_hosts'], 'hosts')
    expect(hosts).toEqual({
      's1-pg1': '10.231.7.11',
      's1-pg2': '10.231.7.12',
      's2-pg1': '10.231.7.13',
      's2-pg2': '10.231.7.14',
      'etcd1': '10.231.7.21',
      'etcd2': '10.231.7.22',
      'etcd3': '10.231.7.23',
    })
    expect(serviceOf(plan, 's2-pg2')).toMatchObject({
      networks: {lab: {ipv4_address: '10.231.7.14'}},
      environment: {HL_SCOPE: 's2', HL_ETCD_HOSTS: 'etcd1:2379,etcd2:2379,etcd3:2379'},
      labels: {'hl.cluster': 's2'},
      ports: ['127.0.0.1:24364:5432', '127.0.0.1:24374:8008'],
    })
  })
  it('of sixteen shards has an address and ports for every service', () => {
    const plan = planOf({shards: 16, nodes: 3}, {archive: 'command'})
    const hosts = Object.values(asObject(serviceOf(plan, 's16-pg3')['extra_hosts'], 'hosts'))
    expect([hosts.length, new Set(hosts).size]).toEqual([52, 52])
    const ports = servicesOf(plan.shape).flatMap(name => serviceOf(plan, name)['ports'] as readonly string[])
    expect([ports.length, new Set(ports.map(port => port.split(':')[1])).size]).toEqual([99, 99])
  })
  it('has an archive where one was asked for, which cannot write what the nodes of an encrypted one read', () => {
    const plain = planOf({profile: 'small'}, {archive: 'stream'})
    expect(serviceOf(plain, 'archive')).toMatchObject({
      labels: {'hl.archive': 'stream', 'hl.encrypt': 'off'},
      volumes: ['archive-secrets:/run/hl-archive', 'archive-data:/archive'],
    })
    const encrypted = planOf({profile: 'small'}, {archive: 'command', encrypt: true})
    expect(serviceOf(encrypted, 'archive')['volumes']).toEqual([
      'archive-secrets:/run/hl-archive:ro',
      'archive-data:/archive',
    ])
    expect(serviceOf(encrypted, 'archive-keys')).toMatchObject({profiles: ['archive-keys'], network_mode: 'none'})
  })
  it('mounts the identity of an encrypted archive in no other service than the one that makes it', () => {
    const services = asObject(read(planOf({}, {archive: 'command', encrypt: true}))['services'], 'services')
    const holders = Object.keys(services).filter(name => JSON.stringify(services[name]).includes('archive-identity'))
    expect(holders).toEqual(['archive-keys'])
  })
  it('leaves no dollar for compose to read a variable from', () =>
    expect(labCompose(planOf({}, {dcsConfig: {postgresql: {parameters: {log_line_prefix: '$a ${b}'}}}}))).toContain(
      '$$a $${b}',
    ))
})

describe('a cluster that is added', () => {
  it('is its members alone, at their own places, in the network that is there', () => {
    const plan = planOf(
      {
        clusters: [
          {name: 's1', nodes: 2},
          {name: 's2', nodes: 2},
          {name: 's3', nodes: 1},
        ],
      },
      {
        joins: {
          cluster: 's3',
          hosts: {'s1-pg1': '10.231.7.11', 'etcd1': '10.231.7.21', 's3-pg1': '10.231.7.15'},
          ports: {postgres: [54_401], rest: [54_411]},
        },
      },
    )
    const document = read(plan)
    expect(Object.keys(asObject(document['services'], 'services'))).toEqual(['s3-pg1'])
    expect(document['networks']).toEqual({lab: {external: true, name: 'hl-lab_lab'}})
    expect(serviceOf(plan, 's3-pg1')).toMatchObject({
      ports: ['127.0.0.1:54401:5432', '127.0.0.1:54411:8008'],
      networks: {lab: {ipv4_address: '10.231.7.15'}},
      environment: {HL_SCOPE: 's3', HL_MOVES: 'on', HL_PG_NODES: 's3-pg1'},
      labels: {'hl.cluster': 's3', 'hl.services': 's1-pg1 s1-pg2 s2-pg1 s2-pg2 s3-pg1 etcd1 etcd2 etcd3'},
    })
  })
})

describe('what moves between shards need', () => {
  it('is there where there are shards, each of which waits for its own members', async () => {
    const plan = planOf({shards: 2, nodes: 2})
    expect(serviceOf(plan, 's2-pg1')['environment']).toMatchObject({HL_MOVES: 'on', HL_PG_NODES: 's2-pg1,s2-pg2'})
    expect(await labConfig(plan.shape.clusters)).toMatchObject({
      ttl: 20,
      postgresql: {
        use_slots: true,
        parameters: {wal_level: 'logical', sync_replication_slots: 'on', hot_standby_feedback: 'on', fsync: 'on'},
      },
    })
  })
  it('is not in a lab of one cluster, which stays as it was measured', async () => {
    const plan = planOf({})
    expect(Object.keys(asObject(serviceOf(plan, 'pg1')['environment'], 'environment'))).not.toContain('HL_MOVES')
    const config = await labConfig(plan.shape.clusters)
    expect(config).toMatchObject({postgresql: {parameters: {wal_level: 'replica'}}})
    expect(JSON.stringify(config)).not.toContain('sync_replication_slots')
  })
})
