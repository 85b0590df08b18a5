// Pages that are followed on two shards with an archive, in this order: one more shard comes, goes, and another one
// comes. For tests only. Not here: those of one cluster (cluster-pages.ts).
import {mustBe, type FollowedPage, type PageWorld} from './followed-page.ts'

const set = (values: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(values).flatMap(([name, value]) => ['--set', `${name}=${value}`])

async function must({lab}: PageWorld, ...words: readonly string[]): Promise<void> {
  const {exitCode, stdout, stderr} = await lab.hl(...words)
  if (exitCode !== 0) throw new Error(`${words.join(' ')}: exit ${exitCode}\n${stdout}${stderr}`)
}

/** The way back of a move is open; it is at its end. */
const resting: FollowedPage['sees'] = async world => must(world, 'shards', 'finish', '--yes')

/** What is made beside the lab: the name of the test's lab, and this. */
export const madeBesideShards = ['second'] as const

export const shardPages: readonly FollowedPage[] = [
  {
    runbook: 'shard-rebalance',
    what: 'by groups',
    prepares: async world => {
      await must(world, 'shards', 'move', '0-7', '--to', 's2', '--finish', '--yes')
      return ['--shard', 's1', ...set({measure: 'groups'})]
    },
  },
  {
    runbook: 'major-upgrade',
    what: 'a schema of the first to the second',
    prepares: async ({primary, sql}) => {
      const [old, next] = [await primary('s1'), await primary('s2')]
      await sql(
        old,
        'CREATE SCHEMA upgrade_me',
        'CREATE TABLE upgrade_me.orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, what text)',
        `INSERT INTO upgrade_me.orders (what) SELECT 'order ' || i FROM generate_series(1, 5000) AS i`,
      )
      return [
        ...['--shard', 's1', '--case', 'back'],
        ...set({'new': next, 'old-host': old, 'database': 'hl', 'schema': 'upgrade_me', 'reader': 'replicator'}),
      ]
    },
    sees: async ({primary, sql}) => {
      const insert = `INSERT INTO upgrade_me.orders (what) VALUES ('the next one') RETURNING id`
      mustBe(await sql(await primary('s2'), insert), '5001')
      // Shards are alike.
      for (const shard of ['s1', 's2']) await sql(await primary(shard), 'DROP SCHEMA upgrade_me CASCADE')
    },
  },
  {
    runbook: 'shard-add',
    what: 'a third one',
    prepares: async () => Promise.resolve(['--shard', 's1', ...set({new: 's3'})]),
  },
  {
    runbook: 'shard-drain',
    what: 'the third one',
    prepares: async () => Promise.resolve(['--shard', 's1', ...set({leaving: 's3'})]),
  },
  {
    runbook: 'hot-user',
    what: 'a shard for it alone',
    prepares: async () => Promise.resolve(['--shard', 's1', ...set({key: '42', to: 's4'})]),
  },
  {
    runbook: 'move-stuck',
    what: 'whoever moved was killed',
    prepares: async world => {
      await cutOffMove(world)
      return ['--shard', 's1', '--case', 'cut-off']
    },
    sees: resting,
  },
  {
    runbook: 'shard-quarantined',
    what: 'a shard that is down',
    prepares: async ({container, primary}) => {
      const node = await primary('s2')
      await container('kill', ...(['s2-pg1', 's2-pg2'] as const))
      return ['--shard', 's2', '--case', 'unknown', ...set({node})]
    },
  },
  {
    runbook: 'prepared-transactions',
    what: 'none over shards',
    prepares: async () => Promise.resolve(['--shard', 's1', '--case', 'shards']),
  },
  {
    runbook: 'restore-shard',
    what: 'beside the lab',
    prepares: async world => {
      await must(world, 'backups', 'create', '--shard', 's2')
      return ['--shard', 's2', ...set({moment: 'latest', second: `${world.lab.name}-second`})]
    },
  },
]

/** A move whose process is killed before it copies. */
async function cutOffMove({lab}: PageWorld): Promise<void> {
  const moving = lab.start('shards', 'move', '0-3', '--to', 's2', '--yes', '--verbose')
  await moving.saw('wait until every pool', 120_000)
  moving.kill('SIGKILL')
  await moving.finished
}
