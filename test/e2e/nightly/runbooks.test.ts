// Every page of runbooks/ on a real lab: those that a scenario breaks one for are rehearsed, the others followed after
// what is broken by hand, in two labs. A page that expects what is not so fails, and what happened is kept for its
// owner alone. Not here: the tables (../runbooks/), each rule of reading and following (src/runbooks).
import {readFileSync, readdirSync, statSync, writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import type {Incident} from '../../../src/runbooks/incident.ts'
import {lightLoad} from '../expect-pass.ts'
import {clusterPages, madeBeside, rehearsedPages} from '../runbooks/cluster-pages.ts'
import {pageWorld, type FollowedPage, type PageWorld} from '../runbooks/followed-page.ts'
import {madeBesideShards, shardPages} from '../runbooks/shard-pages.ts'
import {useLab} from '../use-lab.ts'

/** A restore of a lab on a busy host, and what comes before it. */
const pageMs = 900_000

interface Rehearsed {
  readonly verdict: string
  readonly incident: Incident | null
  readonly path: string | null
}

const unmet = (incident: Incident | null | undefined) => incident?.steps.filter(({outcome}) => outcome === 'unmet')

async function follow(world: PageWorld, {runbook, prepares, sees}: FollowedPage): Promise<void> {
  const words = (await prepares?.(world)) ?? []
  const {exitCode, result} = await world.lab.json<Incident>('runbooks', 'run', runbook, '--yes', ...words)
  expect(unmet(result), JSON.stringify(result, null, 2)).toEqual([])
  expect({exitCode, state: result.state, verdict: result.verdict}).toEqual({
    exitCode: 0,
    state: 'done',
    verdict: 'pass',
  })
  expect(result.tookMs).toBeLessThan(result.budgetMs)
  await sees?.(world)
}

describe('of one cluster', () => {
  const lab = useLab('e2e-runbooks', {up: ['--archive', 'command'], beside: madeBeside})
  const world = pageWorld(lab, ['pg1', 'pg2', 'pg3'])

  test('a page that expects what is not so stops there, with exit 1', async () => {
    const page = fileURLToPath(new URL('../../../runbooks/node-down.md', import.meta.url))
    const copy = readFileSync(page, 'utf8').replace('Expect `Leader`.', 'Expect `Leader`, `nobody says this`.')
    writeFileSync(join(lab.cwd, 'planted.md'), copy)
    const {exitCode, result} = await lab.json<Incident>('runbooks', 'run', './planted.md', '--set', 'node=pg3', '--yes')
    expect(exitCode).toBe(1)
    expect(result).toMatchObject({state: 'stopped', verdict: 'fail', rehearsal: null})
    expect(result.steps).toHaveLength(1)
    expect(result.steps[0]).toMatchObject({outcome: 'unmet', exitCode: 0, why: ['there is no "nobody says this"']})
  })

  test.each(rehearsedPages)(
    '%s mends what its scenario has broken, and the ledger has lost nothing',
    async runbook => {
      const {exitCode, result} = await lab.json<readonly Rehearsed[]>('runbooks', 'rehearse', runbook, ...lightLoad)
      const [one] = result
      const told = JSON.stringify(one, null, 2)
      expect(unmet(one?.incident), told).toEqual([])
      const parts = one?.incident?.rehearsal?.parts.map(({name, verdict}) => [name, verdict])
      expect(parts, told).toEqual([
        ['alert', 'unknown'],
        ['followed', 'pass'],
        ['healthy', 'pass'],
        ['ledger', 'pass'],
        ['time', 'pass'],
      ])
      expect([exitCode, one?.verdict]).toEqual([0, 'pass'])
      const folder = join(lab.cwd, one?.path ?? '')
      expect(readdirSync(folder).toSorted()).toEqual(['incident.json', 'incident.md'])
      for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
      expect(readFileSync(join(folder, 'incident.md'), 'utf8')).toContain('hl faults heal --all')
    },
    pageMs,
  )

  test.each(clusterPages)('$runbook is followed: $what', async page => follow(world, page), pageMs)
})

describe('over shards', () => {
  const lab = useLab('e2e-runbooks-shards', {
    up: ['--shards', '2', '--nodes', '2', '--archive', 'command'],
    beside: madeBesideShards,
  })
  const members = ['s1', 's2', 's3', 's4'].flatMap(shard => [`${shard}-pg1`, `${shard}-pg2`])
  const world = pageWorld(lab, members)

  test.each(shardPages)('$runbook is followed: $what', async page => follow(world, page), pageMs)
})
