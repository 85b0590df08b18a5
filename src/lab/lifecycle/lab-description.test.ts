import {describe, expect, it} from 'vitest'
import {endpointsOf} from './endpoints.ts'
import {
  addressOf,
  checkLabName,
  describeLab,
  describeLabs,
  lackingServices,
  ofCluster,
  profileWords,
  serviceOf,
  shapeLike,
} from './lab-description.ts'
import {servicesOf, shapeOf} from './lab-shape.ts'
import {parseSecrets} from './lab-secrets.ts'
import {migrationScript} from './migrate.ts'
import {mergeByTime} from '../docker/collect-logs.ts'
import type {ContainerFacts} from '../docker/parse-docker.ts'

const container = (service: string | null, over: Partial<ContainerFacts> = {}): ContainerFacts => ({
  id: `id-${service ?? 'lock'}`,
  name: `hl-lab-${service ?? 'lock'}-1`,
  status: 'running',
  labels: {'hl.lab': 'lab', ...(service === null ? {'hl.lock.what': 'hl failover'} : {'hl.service': service})},
  environment: {},
  address: null,
  ports: [],
  ...over,
})

describe('a lab like another', () => {
  const made = (names: readonly string[], there = names): ReturnType<typeof shapeLike> =>
    shapeLike(
      describeLab(
        'lab',
        there.map(name => container(name, {labels: {...container(name).labels, 'hl.services': names.join(' ')}})),
      ),
    )
  const standard = servicesOf(shapeOf({}))
  const small = servicesOf(shapeOf({profile: 'small', nodes: 2}))

  it.each([
    ['standard', standard, standard, {profile: 'standard'}],
    ['small', small, small, {profile: 'small', nodes: 2}],
    ['of which only the archive is left', small, ['archive'], {profile: 'small', nodes: 2}],
    ['standard, of which only the archive is left', standard, ['archive'], {profile: 'standard'}],
  ] as const)('%s', (_what, names, there, expected) => {
    expect(made(names, there)).toEqual(expected)
    expect(servicesOf(shapeOf(expected))).toEqual(names)
  })
})

describe('a lab', () => {
  const lab = describeLab('lab', [
    container('pg2'),
    container('etcd1', {address: '10.231.0.21'}),
    container('pg1', {
      address: '10.231.0.11',
      ports: [
        {containerPort: 5432, hostPort: 24_321},
        {containerPort: 8008, hostPort: 24_331},
      ],
    }),
    container('pgpool'),
    container(null),
  ])

  it('is told from its labels', () =>
    expect([lab.members, lab.dcsMembers, lab.services.map(service => service.name), lab.others.length]).toEqual([
      ['pg1', 'pg2'],
      ['etcd1'],
      ['etcd1', 'pg1', 'pg2', 'pgpool'],
      1,
    ]))
  it('is encrypted where its archive says so', () => {
    const archive = (encrypt: string | undefined): ContainerFacts =>
      container('archive', {
        labels: {
          'hl.lab': 'lab',
          'hl.service': 'archive',
          'hl.archive': 'command',
          ...(encrypt === undefined ? {} : {'hl.encrypt': encrypt}),
        },
      })
    expect([archive('on'), archive('off'), archive(undefined)].map(one => describeLab('lab', [one]).encrypted)).toEqual(
      [true, false, false],
    )
    expect(lab).toMatchObject({archive: 'none', encrypted: false})
  })
  it('is kept apart from another', () =>
    expect(
      describeLabs([
        container('pg1'),
        container('pg1', {labels: {'hl.lab': 'b', 'hl.service': 'pg1'}}),
        container('x', {labels: {}}),
      ]).map(one => one.lab),
    ).toEqual(['b', 'lab']))
  it('does not know every name', () => expect(() => serviceOf(lab, 'pg9')).toThrow(/no service pg9/))
  it('needs addresses', () => expect(() => addressOf(lab, 'pg2')).toThrow(/no address/))
  it('is reached at addresses', () =>
    expect(endpointsOf(lab, 'container')).toMatchObject({
      via: 'container',
      postgres: {pg1: {host: '10.231.0.11', port: 5432}},
      rest: {pg1: {port: 8008}},
      dcs: {etcd1: {port: 2379}},
      pgpool: null,
    }))
  it('is reached at published ports, where there are any', () =>
    expect(endpointsOf(lab, 'published')).toEqual({
      via: 'published',
      postgres: {pg1: {host: '127.0.0.1', port: 24_321}},
      rest: {pg1: {host: '127.0.0.1', port: 24_331}},
      dcs: {},
      pgpool: null,
    }))
  it.each(['Lab', '1lab', 'a_b', '', 'a'.repeat(32), 'a/b', '-a'])('may not be called "%s"', name =>
    expect(() => checkLabName(name)).toThrow(/no name for a lab/),
  )
  it.each(['lab', 'a', 'a-1', 'a'.repeat(31)])('may be called %s', name =>
    expect(() => checkLabName(name)).not.toThrow(),
  )
})

describe('a lab of several clusters', () => {
  const member = (cluster: string, service: string): ContainerFacts =>
    container(service, {
      labels: {
        'hl.lab': 'lab',
        'hl.service': service,
        'hl.cluster': cluster,
        'hl.services': 's1-pg1 s1-pg2 s2-pg1 etcd1',
      },
    })
  const lab = describeLab('lab', [
    member('s2', 's2-pg1'),
    member('s1', 's1-pg2'),
    member('s1', 's1-pg1'),
    container('etcd1'),
  ])

  it('has the members of each, and the first one at hand', () =>
    expect([lab.clusters, lab.cluster, lab.members]).toEqual([
      [
        {name: 's1', members: ['s1-pg1', 's1-pg2']},
        {name: 's2', members: ['s2-pg1']},
      ],
      's1',
      ['s1-pg1', 's1-pg2'],
    ]))
  it('is seen by each with its own members and the same etcd', () => {
    const second = ofCluster(lab, 's2')
    expect([second.cluster, second.members, second.dcsMembers]).toEqual(['s2', ['s2-pg1'], ['etcd1']])
    expect(second.services.map(({name}) => name)).toEqual(['etcd1', 's2-pg1'])
    expect(Object.keys(endpointsOf(second, 'published').postgres)).toEqual([])
    expect(() => serviceOf(second, 's1-pg1')).toThrow('has no service s1-pg1')
  })
  it('counts its clusters as people do', () => {
    const many = describeLab(
      'lab',
      ['s10', 's2', 's1'].map(name => member(name, `${name}-pg1`)),
    )
    expect(many.clusters.map(({name}) => name)).toEqual(['s1', 's2', 's10'])
  })
  it('is asked for again with the nodes of the one that it is about', () => {
    expect(shapeLike(lab)).toEqual({profile: 'small', nodes: 2})
    expect(shapeLike(ofCluster(lab, 's2'))).toEqual({profile: 'small', nodes: 1})
  })
  it('says what it is made of', () => expect(profileWords(lab)).toBe('s1 2, s2 1 PostgreSQL, 1 etcd, no pgpool'))
  it('knows what it was made with', () => {
    expect(lackingServices(lab)).toEqual([])
    expect(lackingServices(describeLab('lab', [member('s1', 's1-pg1')]))).toEqual(['s1-pg2', 's2-pg1', 'etcd1'])
  })
  it('knows a shard of which nothing is left', () =>
    expect(describeLab('lab', [member('s1', 's1-pg1')]).clusters).toEqual([
      {name: 's1', members: ['s1-pg1']},
      {name: 's2', members: []},
    ]))
})

describe('a lab made before labs said what they are made of', () => {
  const standard = ['pg1', 'pg2', 'pg3', 'etcd1', 'etcd2', 'etcd3', 'pgpool']
  it('is the standard one', () => {
    const lab = describeLab(
      'lab',
      standard.map(name => container(name)),
    )
    expect([lab.cluster, profileWords(lab), lackingServices(lab)]).toEqual(['hl', 'patroni-3', []])
    expect(lackingServices(describeLab('lab', [container('pg1')]))).toEqual(standard.slice(1))
  })
})

describe('secrets', () => {
  const all = ['SUPERUSER', 'APP', 'READONLY', 'MONITORING', 'MIGRATIONS', 'REPLICATION', 'MOVER', 'RESTAPI', 'ETCD_HL']
    .map(name => `${name}_PASSWORD=${name.toLowerCase().replaceAll('_', '')}1`)
    .join('\n')
  it('are found in a tar stream', () =>
    expect(parseSecrets(`secrets.env\0\0root\0${all}\n\0\0`)).toEqual({
      app: 'app1',
      readonly: 'readonly1',
      monitoring: 'monitoring1',
      migrations: 'migrations1',
      replication: 'replication1',
      mover: 'mover1',
      restapi: 'restapi1',
      etcd: 'etcdhl1',
    }))
  it('are none when one is missing', () =>
    expect(parseSecrets(all.replace('RESTAPI_PASSWORD', 'X_PASSWORD'))).toBeNull())
  it('of a lab that an earlier hl made have none of the mover', () =>
    expect(parseSecrets(all.replace('MOVER_PASSWORD=mover1\n', ''))).toMatchObject({mover: null, app: 'app1'}))
})

describe('logs of two streams', () => {
  it('are one in the order of time', () =>
    expect(
      mergeByTime(
        '2026-01-01T00:00:01.000000000Z a\n2026-01-01T00:00:03.000000000Z c\n',
        '2026-01-01T00:00:02.000000000Z b\n',
      ),
    ).toBe('2026-01-01T00:00:01.000000000Z a\n2026-01-01T00:00:02.000000000Z b\n2026-01-01T00:00:03.000000000Z c\n'))
})

describe('a migration', () => {
  it('is one transaction with its note', () =>
    expect(migrationScript({name: '0001_load.sql', sql: 'CREATE SCHEMA hl;'})).toBe(
      "BEGIN;\nSET LOCAL ROLE hl_migrations;\nCREATE SCHEMA hl;\nINSERT INTO public.hl_migrations_applied (name) VALUES ('0001_load.sql');\nCOMMIT;\n",
    ))
  it('has no quote in its name', () =>
    expect(() => migrationScript({name: "a'b.sql", sql: ''})).toThrow(/may not be called/))
})
