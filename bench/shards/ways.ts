// The ways to the rows that are compared, on the servers of a run. PURE. Not here: opening one (way.ts).
import {fdwDatabase, wholeDatabase, type BenchServers} from './servers.ts'
import type {Way} from './way.ts'

export const shardedWay = ({shards: {s1, s2}}: BenchServers): Way => ({
  kind: 'sharded',
  shards: {s1: s1.host, s2: s2.host},
  database: wholeDatabase,
})
export const routersWay = ({shards: {s1, s2}}: BenchServers): Way => ({
  kind: 'routers',
  shards: {s1: s1.host, s2: s2.host},
  database: wholeDatabase,
})
export const routerWay = ({whole}: BenchServers): Way => ({kind: 'router', host: whole.host, database: wholeDatabase})
export const wholeWay = ({whole}: BenchServers): Way => ({kind: 'pool', host: whole.host, database: wholeDatabase})
/** Foreign tables and PL/Proxy: the third server, which asks the two. */
export const throughWay = ({whole}: BenchServers): Way => ({kind: 'pool', host: whole.host, database: fdwDatabase})
export const legWay = ({shards}: BenchServers, shard: keyof BenchServers['shards']): Way => ({
  kind: 'pool',
  host: shards[shard].host,
  database: wholeDatabase,
})
export const legsWay = ({shards: {s1, s2}}: BenchServers): Way => ({
  kind: 'pools',
  hosts: [s1.host, s2.host],
  database: wholeDatabase,
})
