// A lab of two shards with a writer that goes on moving money between users of both: backups of all, barriers, and what
// a restore to a barrier makes of it: the total is what it was, whatever moment it was.
import {expect, test} from 'vitest'
import {docker as localDocker} from '../../../src/lab/docker/local-docker.ts'
import {connectLab} from '../../../src/lab/lifecycle/connect-lab.ts'
import {projectOf} from '../../../src/lab/lifecycle/lab-description.ts'
import type {Check} from '../../../src/model/verdict.ts'
import type {BarriersAnswer, TakenBarrier} from '../../../src/recovery/barriers.ts'
import type {ShardBackups} from '../../../src/recovery/create-backups.ts'
import {ShardedPool} from '../../../src/shards/index.ts'
import type {InDoubtAnswer} from '../../../src/sharding/in-doubt.ts'
import {poolOptions} from '../../../src/sharding/lab-shards.ts'
import type {ReconcileAnswer} from '../../../src/sharding/reconcile-lab.ts'
import type {VerifyAnswer} from '../../../src/sharding/verify-shards.ts'
import {monotonicClock} from '../../../src/waiting/monotonic-clock.ts'
import {runHl} from '../../run-hl.ts'
import {docker, useLab} from '../use-lab.ts'

const lab = useLab('shards-restore', {
  profile: 'small',
  up: ['--shards', '2', '--nodes', '1', '--archive', 'command'],
  beside: ['b'],
})
const beside = `${lab.name}-b`

const users = 16
const each = 1_000_000
const total = users * each

const sumText = 'SELECT coalesce(sum(amount), 0)::text AS sum, count(*)::int AS n FROM orders'

/** Of one lab, past the library: what each shard has. */
async function sumsOf(name: string): Promise<readonly {readonly sum: number; readonly n: number}[]> {
  return Promise.all(
    ['s1', 's2'].map(async shard => {
      const {stdout} = await runHl(['psql', '--lab', name, '--shard', shard, '--json', sumText], {cwd: lab.cwd})
      const {result} = JSON.parse(stdout) as {readonly result: {readonly rows: readonly {sum: string; n: string}[]}}
      return {sum: Number(result.rows[0]?.sum), n: Number(result.rows[0]?.n)}
    }),
  )
}

interface Writer {
  readonly done: () => number
  /** The longest that a transfer took so far, ms. */
  readonly worstMs: () => number
  readonly stop: () => Promise<readonly string[]>
}

/** Moves money between users of both shards, and of one, until it is stopped; the errors that it met. */
async function writer(): Promise<Writer> {
  const connected = await connectLab(localDocker, lab.name, {clock: monotonicClock()})
  const options = poolOptions(connected, {user: 'hl_app', password: connected.secrets.app})
  // A whole lab is restored beside it: a host that is busy with that is no failure.
  const pool = new ShardedPool({...options, deadlineMs: 60_000, connectTimeoutMs: 20_000, waitMs: 60_000})
  for (let user = 1; user <= users; user++) {
    await pool.query('INSERT INTO users (user_id, email) VALUES ($1, $2)', [user, `${user}@example.org`])
    await pool.query(
      "INSERT INTO orders (user_id, order_id, request_key, currency, amount) VALUES ($1, gen_random_uuid(), 'w', 'EUR', $2)",
      [user, each],
    )
  }
  const over = new AbortController()
  const errors: string[] = []
  let [done, worstMs, turn] = [0, 0, 0]
  const change = "UPDATE orders SET amount = amount + $2 WHERE user_id = $1 AND request_key = 'w'"
  const move = async (): Promise<void> => {
    const from = 1 + ((turn += 5) % users)
    const to = 1 + ((turn + 3) % users)
    const fromMs = performance.now()
    await pool.transaction(async client => {
      await client.query(change, [from, -7])
      await client.query(change, [to, 7])
    })
    worstMs = Math.max(worstMs, performance.now() - fromMs)
    done += 1
  }
  const working = [1, 2, 3].map(async () => {
    while (!over.signal.aborted) await move().catch((error: unknown) => errors.push(String(error)))
  })
  return {
    done: () => done,
    worstMs: () => worstMs,
    async stop() {
      over.abort()
      await Promise.all(working)
      await pool.end()
      return errors
    },
  }
}

interface Restored {
  readonly barrier: {readonly name: string}
  readonly checks: readonly Check[]
}

test('all shards come back together, at a moment that no transfer straddles', {timeout: 1_500_000}, async () => {
  const writing = await writer()
  try {
    const {result: backups} = await lab.json<ShardBackups>('backups', 'create')
    expect(backups.shards.map(({shard, backup}) => [shard, backup.kind])).toEqual([
      ['s1', 'full'],
      ['s2', 'full'],
    ])
    const names: string[] = []
    for (const name of ['one', 'two', 'three']) {
      const {result} = await lab.json<TakenBarrier>('shards', 'barrier', name)
      expect([result.inArchive, result.heldMs < 1_000]).toEqual([true, true])
      names.unshift(result.name)
    }
    const before = writing.done()
    expect(before).toBeGreaterThan(10)
    const again = await lab.hl('shards', 'barrier', 'two')
    expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining('CONFIG_INVALID') as string])
    const {result: listed} = await lab.json<BarriersAnswer>('shards', 'barriers')
    expect(listed.barriers.map(({name}) => name)).toEqual(names)
    expect(listed.barriers.map(({reach}) => reach?.kind)).not.toContain('no')

    const unknown = await lab.hl('restore', '--into', beside, '--to-barrier', 'nowhere')
    expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining('BARRIER_UNKNOWN') as string])
    const {exitCode, result} = await lab.json<Restored>('restore', '--into', beside, '--to-barrier', 'two')
    expect(
      result.checks.filter(({verdict}) => verdict === 'fail'),
      JSON.stringify(result.checks),
    ).toEqual([])
    expect(result.barrier.name).toBe('two')
    expect(result.checks.map(({name}) => name)).toEqual(
      expect.arrayContaining(['transactions-ended', 'transactions-whole', 'map-of-barrier']),
    )
    expect(exitCode === 0 || result.checks.some(({verdict}) => verdict === 'unknown')).toBe(true)
    // The writer went on meanwhile: what was restored is of before.
    expect(writing.done()).toBeGreaterThan(before)
    const restored = await sumsOf(beside)
    expect(restored.map(({n}) => n).reduce((a, b) => a + b)).toBe(users)
    expect(restored.map(({sum}) => sum).reduce((a, b) => a + b)).toBe(total)
    const tx = await runHl(['tx', 'list', '--lab', beside, '--json'], {cwd: lab.cwd})
    expect((JSON.parse(tx.stdout) as {readonly result: InDoubtAnswer}).result.parts).toEqual([])
    const verify = await runHl(['shards', 'verify', '--lab', beside, '--json'], {cwd: lab.cwd})
    expect((JSON.parse(verify.stdout) as {readonly result: VerifyAnswer}).result.verdict).toBe('pass')
  } finally {
    expect(await writing.stop()).toEqual([])
  }
  console.info(`transfers: ${writing.done()}, the longest took ${Math.round(writing.worstMs())} ms`)
  expect((await sumsOf(lab.name)).map(({sum}) => sum).reduce((a, b) => a + b)).toBe(total)
})

test('a schedule backs every shard up, and takes barriers', {timeout: 300_000}, async () => {
  const {exitCode, stdout} = await lab.hl(
    ...['backups', 'schedule', '--once', '--incremental-every', '1s', '--barrier-every', '1m', '--json'],
  )
  const lines = stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as {readonly task?: string; readonly shard?: string; readonly ok?: boolean})
  expect(exitCode, stdout).toBe(0)
  expect(
    lines.flatMap(({task, shard}) => (task === undefined ? [] : [`${shard ?? 'all'} ${task}`])).toSorted(),
  ).toEqual(['all barrier', 's1 incremental', 's2 incremental'])
})

test('one shard that cannot be backed up is named, and the other has its backup', {timeout: 300_000}, async () => {
  await docker('stop', lab.container('s2-pg1'))
  try {
    const failed = await lab.hl('backups', 'create')
    expect([failed.exitCode, failed.stderr]).toEqual([
      4,
      expect.stringMatching(/1 of 2 shards of lab \S+ have no backup: s2: .*; kept: s1 \S+[^]*--shard s2/) as string,
    ])
  } finally {
    await docker('start', lab.container('s2-pg1'))
  }
  await lab.healthy()
})

test('one shard that is restored by itself serves nothing until it is in line', {timeout: 900_000}, async () => {
  const {result: barriers} = await lab.json<BarriersAnswer>('shards', 'barriers')
  const then = barriers.barriers.find(({name}) => name === 'three')?.positions.find(({shard}) => shard === 's2')
  const target = ['--to-lsn', then?.lsn ?? '', '--exclusive', '--confirm', lab.name]
  const restored = await lab.hl('restore', '--shard', 's2', '--in-place', ...target)
  expect(restored.exitCode, restored.stderr).not.toBe(4)
  expect(restored.stderr).toContain('s2 is in quarantine')

  const list = await lab.hl('shards', 'list')
  expect([list.exitCode, list.stdout]).toEqual([
    1,
    expect.stringMatching(/s2 .*behind the map[^]*shards reconcile/) as string,
  ])
  const connected = await connectLab(localDocker, lab.name, {clock: monotonicClock()})
  const pool = new ShardedPool(poolOptions(connected, {user: 'hl_app', password: connected.secrets.app}))
  try {
    const codes = new Set<unknown>()
    for (let user = 1; user <= users; user++)
      await pool.query("UPDATE orders SET state = 'paid' WHERE user_id = $1", [user]).then(
        () => codes.add('served'),
        (error: unknown) => codes.add(Reflect.get(Object(error), 'code')),
      )
    expect([...codes].toSorted()).toEqual(['QUARANTINED', 'served'])

    // The writer went on behind that moment, so s1 has transfers of which s2 has lost its part.
    const refused = await lab.hl('shards', 'reconcile', '--dry-run')
    expect([refused.exitCode, refused.stderr]).toEqual([
      4,
      expect.stringMatching(/RECONCILE_REFUSED[^]*--accept-lost/) as string,
    ])
    const {result, exitCode} = await lab.json<ReconcileAnswer>('shards', 'reconcile', '--accept-lost', '--yes')
    expect([exitCode, result.shard, result.done?.kept.length, result.done?.released]).toEqual([0, 's2', 32, []])
    expect(result.lost.halves).toBeGreaterThan(0)
    expect((await lab.hl('shards', 'list')).exitCode).toBe(0)
    await expect
      .poll(
        async () => {
          const served = await Promise.allSettled(
            Array.from({length: users}, async (_, user) =>
              pool.query("UPDATE orders SET state = 'shipped' WHERE user_id = $1", [user + 1]),
            ),
          )
          return served.filter(({status}) => status === 'rejected').length
        },
        {timeout: 30_000},
      )
      .toBe(0)
  } finally {
    await pool.end()
  }
  const again = await lab.hl('shards', 'reconcile', '--yes')
  expect([again.exitCode, again.stderr]).toEqual([4, expect.stringContaining('no shard of lab') as string])
})

test('when every node is lost, each look says how all of it comes back, and it does', {timeout: 900_000}, async () => {
  const back = `${lab.name}-b`
  await runHl(['down', '--lab', back, '--volumes', '--confirm', back], {cwd: lab.cwd})
  await lab.json<ShardBackups>('backups', 'create')
  await lab.json<TakenBarrier>('shards', 'barrier', 'last', '--archived')
  const before = await sumsOf(lab.name)
  const nodes = ['s1-pg1', 's2-pg1', 'etcd1']
  await docker('rm', '-f', ...nodes.map(name => lab.container(name)))
  const kept = await lab.hl('status')
  expect(`${kept.stdout}${kept.stderr}`).not.toContain('hl restore')
  await docker('volume', 'rm', ...nodes.map(name => `${projectOf(lab.name)}_${name}-data`))
  const hint = `hl restore --into <new lab> --to-barrier latest --lab ${lab.name}`
  for (const words of [['status'], ['doctor'], ['up']]) {
    const {exitCode, stdout, stderr} = await lab.hl(...words)
    expect([exitCode === 0, `${stdout}${stderr}`], words[0]).toEqual([
      words[0] !== 'up',
      expect.stringContaining(hint) as string,
    ])
  }
  const {result} = await lab.json<Restored>('restore', '--into', back, '--to-barrier', 'latest')
  expect([result.barrier.name, result.checks.filter(({verdict}) => verdict === 'fail')]).toEqual(['last', []])
  expect(await sumsOf(back)).toEqual(before)
})
