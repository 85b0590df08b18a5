// A lab of two shards on one etcd, through hl as a person uses it: each has its own primary, data and keys, a command
// says which one it is about, and what befalls one leaves the other alone.
import {expect, test} from 'vitest'
import type {StatusAnswer} from '../../../cli/commands/status.ts'
import {failed} from '../count-by-hand.ts'
import {lightLoad} from '../expect-pass.ts'
import {useLab} from '../use-lab.ts'

const shape = ['--profile', 'small', '--shards', '2', '--nodes', '2'] as const
const lab = useLab('shards', {up: shape})

interface Seen {
  readonly primary: string | null
  readonly timeline: number | null
}

/** Each shard's primary and timeline, as `hl status` has them. */
async function seen(): Promise<Readonly<Record<string, Seen>>> {
  const {result} = await lab.json<StatusAnswer>('status', '--check')
  return Object.fromEntries(
    (result.clusters ?? []).map(({name, state: {primary, timeline}}) => [name, {primary, timeline}]),
  )
}

const sql = async (shard: string, statement: string): Promise<string> => {
  const {result} = await lab.json<{readonly output: string}>('psql', '--shard', shard, statement)
  return result.output
}

test('each shard is whole and its own, and status shows every one', async () => {
  const {result} = await lab.json<StatusAnswer>('status', '--check')
  expect(result.clusters?.map(({name, state}) => [name, state.members.map(member => member.name)])).toEqual([
    ['s1', ['s1-pg1', 's1-pg2']],
    ['s2', ['s2-pg1', 's2-pg2']],
  ])
  for (const {name, state} of result.clusters ?? []) {
    expect(state.primary).toMatch(new RegExp(`^${name}-pg`))
    expect(state.lease.owner).toBe(state.primary)
  }
  const text = (await lab.hl('status')).stdout
  expect(text).toMatch(/^shards\S*  s1 2, s2 2 PostgreSQL, 1 etcd, no pgpool  healthy\n/)
  expect(text.split('\n').filter(line => /^s\d {2}/.test(line))).toHaveLength(2)
  const one = await lab.json<StatusAnswer>('status', '--shard', 's2')
  expect([one.result.name, one.result.clusters]).toEqual(['s2', undefined])
})

test('a statement goes to the shard that is named', async () => {
  const system = 'SELECT system_identifier FROM pg_control_system()'
  const systems = [await sql('s1', system), await sql('s2', system)]
  expect(new Set(systems).size).toBe(2)
  expect(await sql('s1', 'SELECT count(*) FROM hl.ledger')).toMatch(/^\s*0$/m)
})

test.each([
  ['psql', ['SELECT 1'], "hl psql --shard s1 'SELECT 1' --lab"],
  ['switchover', ['--yes'], 'hl switchover --shard s1 --yes --lab'],
  ['nodes', ['check'], 'hl nodes check --shard s1 --lab'],
  [
    'failover',
    ['--scenario', 'primary-crash', '--dry-run'],
    'hl failover --shard s1 --scenario primary-crash --dry-run',
  ],
])('%s without a shard is refused, with the command that works', async (command, words, works) => {
  const {exitCode, stderr} = await lab.hl(command, ...words)
  expect(exitCode).toBe(2)
  expect(stderr).toContain('SHARD_UNKNOWN')
  expect(stderr).toContain('none was named: s1, s2')
  expect(stderr).toContain(`next:  ${works}`)
})

test('an unknown shard is refused, and so is another number of shards', async () => {
  const {exitCode, stderr} = await lab.hl('psql', '--shard', 's3', 'SELECT 1')
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('has no shard s3: it has s1, s2') as string])
  const other = await lab.hl('up', '--profile', 'small', '--shards', '3', '--nodes', '2')
  expect([other.exitCode, other.stderr]).toEqual([4, expect.stringContaining('LAB_SETTINGS_DIFFER') as string])
  expect((await lab.json<{readonly did: string}>('up', ...shape)).result.did).toBe('was up')
})

test('a planned change of the primary of one is none of the other', async () => {
  const before = await seen()
  const {result} = await lab.json<{readonly to: string}>('switchover', '--shard', 's1', '--yes')
  expect(result.to).not.toBe(before['s1']?.primary)
  const after = await seen()
  expect([after['s1']?.primary, after['s2']]).toEqual([result.to, before['s2']])
})

test('a failover of one under load leaves the other alone, and the run says so', async () => {
  const before = await seen()
  const {exitCode, result} = await lab.failover('primary-crash', '--shard', 's2', ...lightLoad)
  expect(failed(result.checks), result.run).toEqual([])
  expect({exitCode, verdict: result.verdict, shard: result.shard}).toEqual({exitCode: 0, verdict: 'pass', shard: 's2'})
  expect(result.checks.find(({name}) => name === 'other-shards-untouched')).toMatchObject({
    verdict: 'pass',
    detail: expect.stringMatching(/^s1: s1-pg\d on timeline \d+, before and after$/) as string,
  })
  const after = await seen()
  expect(after['s1']).toEqual(before['s1'])
  expect(after['s2']?.timeline).toBeGreaterThan(before['s2']?.timeline ?? Infinity)
  expect(await sql('s1', 'SELECT count(*) FROM hl.ledger')).toMatch(/^\s*0$/m)
  expect(await sql('s2', 'SELECT count(*) FROM hl.ledger')).toMatch(/^\s*[1-9]\d*$/m)
})

test('a fault by hand, its heal, a look at the pages and the router are about the shard that is named', async () => {
  const injected = await lab.hl('faults', 'inject', 'kill-patroni', '--node', 'standby', '--shard', 's2')
  expect(injected.stdout).toMatch(/heal it: hl faults heal --all --lab \S+ --shard s2$/m)
  const healed = await lab.hl('faults', 'heal', '--all', '--shard', 's2')
  expect([healed.exitCode, healed.stdout]).toEqual([
    0,
    expect.stringMatching(/shard s2 of lab \S+ is healthy/) as string,
  ])
  expect((await lab.hl('nodes', 'check', '--shard', 's2')).stdout).toBe('ok       s2-pg1\nok       s2-pg2\n')
  const {result} = await lab.json<{readonly nodes: readonly {readonly node: string}[]}>(
    ...['router', 'explain', '--shard', 's2', 'SELECT 1'],
  )
  expect(result.nodes.map(({node}) => node).toSorted()).toEqual(['s2-pg1', 's2-pg2'])
  const {result: logs} = await lab.json<object>('logs', '--shard', 's2', '--since', '1s')
  expect(Object.keys(logs).toSorted()).toEqual(['etcd1', 's2-pg1', 's2-pg2'])
})
