import {describe, expect, it} from 'vitest'
import {HlError} from '../../model/errors.ts'
import type {ContainerFacts} from '../docker/parse-docker.ts'
import {describeLab, lackingServices, type LabDescription} from './lab-description.ts'
import {planAdd} from './plan-add.ts'

const facts = (name: string, address: string, services: string): ContainerFacts =>
  ({
    name: `hl-shop-${name}-1`,
    status: 'running',
    address,
    ports: [],
    environment: {},
    labels: {
      'hl.lab': 'shop',
      'hl.service': name,
      'hl.services': services,
      ...(name.includes('-pg') ? {'hl.cluster': name.slice(0, name.indexOf('-'))} : {}),
    },
  }) as unknown as ContainerFacts

const made = 's1-pg1 s1-pg2 s2-pg1 s2-pg2 etcd1'
const containers = [
  ...['s1-pg1', 's1-pg2', 's2-pg1', 's2-pg2'].map((name, index) => facts(name, `10.231.7.${11 + index}`, made)),
  facts('etcd1', '10.231.7.21', made),
]
const lab = (more: readonly ContainerFacts[] = []): LabDescription => describeLab('shop', [...containers, ...more])
const codeOf = (work: () => unknown): string => {
  try {
    work()
    return 'none'
  } catch (error) {
    return error instanceof HlError ? error.code : String(error)
  }
}

describe('one more cluster', () => {
  it('is the next one, as large as the others, at free addresses', () => {
    const added = planAdd(lab(), undefined)
    expect([added.cluster, added.members, added.subnetPrefix]).toEqual(['s3', ['s3-pg1', 's3-pg2'], '10.231.7'])
    expect(added.hosts).toMatchObject({
      's1-pg1': '10.231.7.11',
      'etcd1': '10.231.7.21',
      's3-pg1': '10.231.7.15',
      's3-pg2': '10.231.7.16',
    })
    expect(new Set(Object.values(added.hosts)).size).toBe(7)
    expect(added.shape.clusters.map(({name, nodes}) => [name, nodes])).toEqual([
      ['s1', 2],
      ['s2', 2],
      ['s3', 2],
    ])
    expect(planAdd(lab(), 1).members).toEqual(['s3-pg1'])
  })
  it('whose making was cut off is made, and no other', () => {
    const half = lab([facts('s3-pg1', '10.231.7.15', `${made} s3-pg1 s3-pg2`)])
    expect(lackingServices(half)).toEqual(['s3-pg2'])
    const added = planAdd(half, undefined)
    expect([added.cluster, added.members]).toEqual(['s3', ['s3-pg1', 's3-pg2']])
    expect(added.hosts).toMatchObject({'s3-pg1': '10.231.7.15', 's3-pg2': '10.231.7.16'})
  })
  it('has no place in a lab of one cluster, in half a lab, nor with too many nodes', () => {
    const sole = describeLab('one', [
      facts('pg1', '10.231.7.11', 'pg1 etcd1'),
      facts('etcd1', '10.231.7.21', 'pg1 etcd1'),
    ])
    expect(codeOf(() => planAdd(sole, undefined))).toBe('MAP_MISSING')
    const without = describeLab(
      'shop',
      containers.filter(({name}) => !name.includes('etcd')),
    )
    expect(codeOf(() => planAdd(without, undefined))).toBe('LAB_UNHEALTHY')
    expect(codeOf(() => planAdd(lab(), 4))).toBe('CONFIG_INVALID')
  })
})
