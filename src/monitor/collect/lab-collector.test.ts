import {describe, expect, it} from 'vitest'
import {fullBackup} from '../../../test/fakes/fake-backup.ts'
import {FakeClock} from '../../../test/fakes/fake-clock.ts'
import {primaryIdentity, primaryStatistics, standbyIdentity, standbyStatistics} from '../../../test/fakes/monitored.ts'
import type {ArchiveListing} from '../../model/backup.ts'
import type {Sample} from '../metrics/sample.ts'
import type {NodeAnswer} from './ask-node.ts'
import {LabCollector} from './lab-collector.ts'
import type {ClusterSources, LabSources} from './lab-sources.ts'

const primary: NodeAnswer = {identity: primaryIdentity, statistics: primaryStatistics}
const standby: NodeAnswer = {identity: standbyIdentity, statistics: standbyStatistics}

/** A lab in which all is well, but for what a test changes between two scrapes. */
class World {
  readonly clock = new FakeClock()
  readonly nodes: Record<string, () => Promise<NodeAnswer>> = {
    pg1: async () => Promise.resolve(primary),
    pg2: async () => Promise.resolve(standby),
    pg3: async () => Promise.resolve(standby),
  }
  listings: () => Promise<readonly ArchiveListing[]> = async () => Promise.resolve([])
  connect: () => Promise<LabSources> = async () => Promise.resolve(this.sources())
  connected = 0
  readonly collector = new LabCollector(this.clock, this.sources(), async () => {
    this.connected += 1
    return this.connect()
  })

  sources(change: Partial<LabSources> = {}): LabSources {
    const cluster: ClusterSources = {
      cluster: 'hl',
      members: ['pg1', 'pg2', 'pg3'],
      node: async member => this.nodes[member]?.() ?? Promise.reject(new Error('no such node')),
      patroni: async () => Promise.resolve({}),
      keys: async () => Promise.resolve({leaseHeld: true, isPaused: false, syncWanted: true}),
      lastCommit: async () => Promise.resolve(null),
    }
    return {
      lab: 'lab',
      clusters: [cluster],
      dcsMembers: ['etcd1'],
      dcsMember: async () => Promise.resolve({healthy: true}),
      archive: {listings: async () => this.listings(), journal: async () => Promise.resolve([])},
      shards: null,
      ...change,
    }
  }

  /** A scrape `afterS` later; what it took comes first. */
  async scrape(afterS = 0): Promise<readonly Sample[]> {
    return this.clock.run(
      (async () => {
        await this.clock.wait(afterS * 1_000)
        return this.collector.collect()
      })(),
    )
  }
}

const valuesOf = (samples: readonly Sample[], name: string): readonly string[] =>
  samples
    .filter(sample => sample.name === name)
    .map(({labels, value}) =>
      [labels['member'], labels['source'], labels['path'], value]
        .filter(one => one !== undefined && one !== '')
        .join(' '),
    )
const down = (samples: readonly Sample[]): readonly string[] =>
  valuesOf(samples, 'hl_scrape_source_up').filter(text => text.endsWith(' 0'))

describe('a scrape', () => {
  it('of a lab in which all is well has all sources up', async () => {
    const samples = await new World().scrape()
    expect(down(samples)).toEqual([])
    expect(valuesOf(samples, 'hl_cluster_primaries')).toEqual(['1'])
    expect(valuesOf(samples, 'hl_scrape_duration_seconds')).toEqual(['0'])
  })

  it('is not hung by a node that hangs: it takes its deadline, and the others are told', async () => {
    const world = new World()
    world.nodes['pg3'] = async () => {
      await world.clock.wait(600_000)
      return standby
    }
    const samples = await world.scrape()
    expect(valuesOf(samples, 'hl_scrape_duration_seconds')).toEqual(['3.5'])
    expect(down(samples)).toEqual(['pg3 sql 0', 'pg3 statistics 0'])
    expect(valuesOf(samples, 'hl_node_up')).toEqual(['pg1 1', 'pg2 1', 'pg3 0'])
    expect(valuesOf(samples, 'hl_replication_lag_bytes')).toEqual(['pg2 0'])
  })

  it('does not take a node for dead whose views fail', async () => {
    const world = new World()
    world.nodes['pg2'] = async () => Promise.resolve({...standby, statistics: null})
    const samples = await world.scrape()
    expect(down(samples)).toEqual(['pg2 statistics 0'])
    expect(valuesOf(samples, 'hl_node_up')).toContain('pg2 1')
    expect(valuesOf(samples, 'hl_replication_receiver_up')).toEqual(['pg3 1'])
  })

  it('remembers how far the WAL had come: a standby that is cut off lags from the first write on', async () => {
    const world = new World()
    await world.scrape()
    const wrote = {...primaryIdentity, lsn: 3_000n, activity: 'b'}
    world.nodes['pg1'] = async () => Promise.resolve({...primary, identity: wrote})
    world.nodes['pg2'] = async () =>
      Promise.resolve({...standby, identity: {...standbyIdentity, lsn: 3_000n, replayLsn: 3_000n}})
    await world.scrape(15)
    const samples = await world.scrape(45)
    expect(valuesOf(samples, 'hl_replication_lag_bytes')).toEqual(['pg2 0', 'pg3 2000'])
    expect(valuesOf(samples, 'hl_replication_lag_seconds')).toEqual(['pg2 0', 'pg3 45'])
    expect(valuesOf(samples, 'hl_rpo_exposure_seconds')).toEqual(['standby 0'])
  })

  it('is shared by who asks meanwhile', async () => {
    const world = new World()
    let asked = 0
    world.nodes['pg1'] = async () => {
      asked += 1
      await world.clock.wait(100)
      return primary
    }
    const both = Promise.all([world.collector.collect(), world.collector.collect()])
    const [one, other] = await world.clock.run(both)
    expect(one).toBe(other)
    expect(asked).toBe(1)
  })
})

describe('the archive in a scrape', () => {
  const listing: ArchiveListing = {
    systemIdentifier: '7',
    segmentBytes: 16_777_216,
    files: [1, 2].map(number => ({name: `00000003000000000000000${number}`, bytes: 16_777_216})),
    histories: new Map([
      [2, '1\t0/900\tx'],
      [3, '1\t0/900\tx\n2\t0/901\tx'],
    ]),
    backups: [fullBackup('a', 1, {timeline: 3})],
  }

  it('that cannot be read is down, and says nothing', async () => {
    const world = new World()
    world.listings = async () => Promise.reject(new Error('no archive'))
    const samples = await world.scrape()
    expect(down(samples)).toEqual(['archive 0'])
    expect(samples.filter(({name}) => name.startsWith('hl_archive_')).map(({name}) => name)).toEqual([
      'hl_archive_enabled',
    ])
    expect(valuesOf(samples, 'hl_rpo_exposure_bytes')).toEqual(['standby 0'])
  })

  it('tells what would be lost with all members, by its own end and not by what the archiver says', async () => {
    const world = new World()
    world.listings = async () => Promise.resolve([listing])
    // It holds segments 1 and 2: everything up to the start of the third.
    const held = 3n * 16_777_216n
    const at = (lsn: bigint, activity: string) => {
      world.nodes['pg1'] = async () => Promise.resolve({...primary, identity: {...primaryIdentity, lsn, activity}})
    }
    at(held, 'a')
    const before = await world.scrape()
    expect(valuesOf(before, 'hl_rpo_exposure_bytes')).toContain('archive 0')
    expect(valuesOf(before, 'hl_rpo_exposure_seconds')).toContain('archive 0')
    // A checkpoint of an idle primary, then a transaction.
    at(held + 100n, 'a')
    expect(valuesOf(await world.scrape(600), 'hl_rpo_exposure_seconds')).toContain('archive 0')
    at(held + 500n, 'b')
    await world.scrape(15)
    const samples = await world.scrape(60)
    expect(valuesOf(samples, 'hl_archive_lag_bytes')).toEqual(['500'])
    expect(valuesOf(samples, 'hl_rpo_exposure_seconds')).toContain('archive 60')
  })

  it('has one journal for all shards, and each is told what was done for it', async () => {
    const world = new World()
    const {clusters, archive} = world.sources()
    const shards = ['7', '8'].flatMap((systemIdentifier, index) =>
      clusters.map(one => ({
        ...one,
        cluster: `s${index + 1}`,
        node: async () => Promise.resolve({...primary, identity: {...primaryIdentity, systemIdentifier}}),
        members: ['pg1'],
      })),
    )
    const done = {task: 'verify-restore', durationMs: 1, detail: '', backup: null} as const
    const journal = async () =>
      Promise.resolve([
        {...done, at: '2026-01-01T00:00:00Z', ok: false, systemIdentifier: '8'},
        {...done, at: '2026-01-02T00:00:00Z', ok: true, systemIdentifier: '8'},
      ])
    const listings = async () => Promise.resolve([listing, {...listing, systemIdentifier: '8'}])
    const sources = world.sources({clusters: shards, archive: {...archive, listings, journal}})
    const samples = await world.clock.run(new LabCollector(world.clock, sources, world.connect).collect())
    const told = samples.flatMap(({name, labels: {cluster, level, result = ''}, value}) =>
      name.startsWith('hl_verify_') && level === 'l3' ? [`${name} ${cluster} ${result} ${value}`] : [],
    )
    expect(told.filter(text => text.includes('runs_total'))).toEqual([
      'hl_verify_runs_total s1 success 0',
      'hl_verify_runs_total s1 failure 0',
      'hl_verify_runs_total s2 success 1',
      'hl_verify_runs_total s2 failure 1',
    ])
    expect(told.filter(text => text.includes('last_success'))).toEqual([
      `hl_verify_last_success_timestamp_seconds s2  ${Date.parse('2026-01-02T00:00:00Z') / 1_000}`,
    ])
  })

  it('is not asked where the lab has none, which is told', async () => {
    const world = new World()
    const collector = new LabCollector(world.clock, world.sources({archive: null}), world.connect)
    const samples = await world.clock.run(collector.collect())
    expect(valuesOf(samples, 'hl_archive_enabled')).toEqual(['0'])
    expect(valuesOf(samples, 'hl_scrape_source_up').filter(text => text.startsWith('archive'))).toEqual([])
  })
})

describe('the lab in a scrape', () => {
  it('is looked for again after a minute, and what was found serves the next scrape', async () => {
    const world = new World()
    await world.scrape()
    await world.scrape(30)
    expect(world.connected).toBe(0)
    world.connect = async () => Promise.resolve(world.sources({dcsMembers: ['etcd1', 'etcd2', 'etcd3']}))
    await world.scrape(60)
    expect(world.connected).toBe(1)
    expect(valuesOf(await world.scrape(15), 'hl_dcs_members')).toEqual(['3'])
  })

  it('that is gone is told, and asked at its old addresses until it is back', async () => {
    const world = new World()
    world.connect = async () => Promise.reject(new Error('no lab'))
    expect(down(await world.scrape(61))).toEqual(['lab 0'])
    const samples = await world.scrape(15)
    expect(down(samples)).toEqual(['lab 0'])
    expect(valuesOf(samples, 'hl_cluster_primaries')).toEqual(['1'])
  })
})
