// How the examples reach their shards, all from the environment: SHARDS (`s1=host:5432,host:5432 s2=host:5432,…`, the
// nodes of each). PGUSER, PGPASSWORD and PGDATABASE are read by pg itself. Tables and map must be there:
// npx hl up --lab shop --shards 2 --nodes 2 && npx hl migrations apply --lab shop
import {ShardedPool, type ShardedPoolOptions, type ShardPlace} from '../../src/shards/index.ts' // in an application: 'pg-highload-lab/shards'

/** A pool over the shards of the environment. */
export function connect(options: Omit<ShardedPoolOptions, 'shards'> = {}): ShardedPool {
  return new ShardedPool({shards: shardsOf(process.env['SHARDS'] ?? ''), ...options})
}

function shardsOf(text: string): Readonly<Record<string, ShardPlace>> {
  const shards = text.split(/\s+/).filter(part => part !== '')
  return Object.fromEntries(
    shards.map(shard => {
      const [name = '', hosts = ''] = shard.split('=')
      return [name, {hosts: hosts.split(',')}]
    }),
  )
}
