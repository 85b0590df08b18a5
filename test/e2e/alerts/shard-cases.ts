// Alert -> break -> heal, on two shards of one node each and an etcd of three. For tests only. Not here: what is done
// with them (alerts.test.ts).
import type {AlertCase} from './alert-case.ts'

const leaderless = {
  HlNoPrimary: 'a primary that cannot renew its lease takes no writes',
  HlShardUnknown: 'a shard without a primary says nothing',
  HlTimelineSwitched: 'the primary is promoted anew',
} as const

export const shardCases: readonly AlertCase[] = [
  {
    what: 'a member of etcd is stopped',
    alerts: ['HlDcsMemberDown'],
    breaks: async ({container}) => container('stop', 'etcd3'),
    heals: async ({container}) => container('start', 'etcd3'),
  },
  {
    what: 'etcd has no quorum',
    alerts: ['HlDcsNoQuorum', 'HlDcsMemberDown'],
    also: {
      ...leaderless,
      HlScrapeSourceDown: 'what Patroni keeps in etcd cannot be read',
      HlReceiverDown: 'the only node of a shard is demoted, and receives from nobody',
    },
    breaks: async ({container}) => container('stop', 'etcd2', 'etcd3'),
    heals: async ({container}) => container('start', 'etcd2', 'etcd3'),
  },
  {
    what: 'a shard is killed',
    alerts: ['HlShardUnknown'],
    also: {
      HlNoPrimary: leaderless.HlNoPrimary,
      HlTimelineSwitched: leaderless.HlTimelineSwitched,
      HlNodeDown: 'its only node is dead',
    },
    breaks: async ({container}) => container('kill', 's2-pg1'),
    heals: async ({lab}) => {
      await lab.json('up')
    },
  },
  {
    what: 'a shard was set back behind the map',
    alerts: ['HlShardQuarantined'],
    breaks: async ({sql}) => {
      await sql('s1-pg1', "UPDATE hl_shards.map SET epoch = epoch + 1 WHERE shard = 's2'")
    },
    heals: async ({sql}) => {
      await sql('s1-pg1', "UPDATE hl_shards.map SET epoch = epoch - 1 WHERE shard = 's2'")
    },
  },
  {
    what: 'a shard lets a group go, and nobody goes on with it',
    alerts: ['HlMoveStuck'],
    breaks: async ({sql}) => {
      await sql('s2-pg1', "UPDATE hl_shards.slot_group SET state = 'm', epoch = epoch + 1 WHERE slot_group = 63")
    },
    heals: async ({sql}) => {
      await sql('s2-pg1', "UPDATE hl_shards.slot_group SET state = 'o', epoch = epoch - 1 WHERE slot_group = 63")
    },
  },
]
