// Runbooks on a real lab: one is rehearsed, a copy of it that expects what is not so fails, and what happened is kept
// for its owner alone. Not here: each rule of reading and following (src/runbooks).
import {readFileSync, readdirSync, statSync, writeFileSync} from 'node:fs'
import {fileURLToPath} from 'node:url'
import {join} from 'node:path'
import {expect, test} from 'vitest'
import type {Incident} from '../../../src/runbooks/incident.ts'
import {lightLoad} from '../expect-pass.ts'
import {useLab} from '../use-lab.ts'

const lab = useLab('e2e-runbooks')
const page = fileURLToPath(new URL('../../../runbooks/node-down.md', import.meta.url))

interface Rehearsed {
  readonly verdict: string
  readonly incident: Incident | null
  readonly path: string | null
}

test('node-down brings a node back that a fault has stopped, and the ledger has lost nothing', async () => {
  const {exitCode, result} = await lab.json<readonly Rehearsed[]>('runbooks', 'rehearse', 'node-down', ...lightLoad)
  const [one] = result
  const told = JSON.stringify(one, null, 2)
  expect(
    one?.incident?.steps.filter(({outcome}) => outcome === 'unmet'),
    told,
  ).toEqual([])
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
})

test('a runbook that expects what is not so stops there, with exit 1', async () => {
  const copy = readFileSync(page, 'utf8').replace('Expect `Leader`.', 'Expect `Leader`, `nobody says this`.')
  writeFileSync(join(lab.cwd, 'planted.md'), copy)
  const {exitCode, result} = await lab.json<Incident>('runbooks', 'run', './planted.md', '--set', 'node=pg3', '--yes')
  expect(exitCode).toBe(1)
  expect(result).toMatchObject({state: 'stopped', verdict: 'fail', rehearsal: null})
  expect(result.steps).toHaveLength(1)
  expect(result.steps[0]).toMatchObject({outcome: 'unmet', exitCode: 0, why: ['there is no "nobody says this"']})
})
