import {cpSync, readFileSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, describe, expect, it} from 'vitest'
import {simulate, type Story} from '../../../test/simulate-run.ts'
import {temporaryFolder} from '../../../test/temporary-folder.ts'
import {HlError} from '../../model/errors.ts'
import {createRun} from './run-folder.ts'
import {judgeAgain} from './stored-report.ts'

let root = ''
beforeEach(() => void (root = temporaryFolder('stored')))

const story: Story = {
  seed: 1,
  baselineMs: 4_000,
  outageMs: 2_000,
  aftermathMs: 1_500,
  during: 'refused',
  lostMs: 0,
  overlapMs: 0,
  kind: 'crash',
}

function store(run: string, changes: Partial<Story> = {}, [trial, trials] = [1, 1]): string {
  const {record, events, ops} = simulate({...story, ...changes}).run
  const folder = createRun(root, () => run)
  folder.saveRecord({...record, run, trial})
  for (const event of events) folder.appendEvent(event.kind === 'run.started' ? {...event, run, trial, trials} : event)
  for (const op of ops) folder.appendOp(op)
  folder.close()
  return folder.path
}

const series = (last: string, runs: unknown): void =>
  writeFileSync(join(root, last, 'series.json'), JSON.stringify(runs))

function refusal(name: string): string {
  try {
    judgeAgain(root, name)
  } catch (error) {
    return error instanceof HlError ? `${error.code}: ${error.message}` : String(error)
  }
  return 'no error'
}

describe('judging again', () => {
  it('is of the folder that was asked for: a copy under another name is refused', () => {
    const path = store('0101-000000-aa')
    expect(judgeAgain(root, '0101-000000-aa')).toMatchObject({verdict: 'pass', run: '0101-000000-aa'})
    const copy = join(root, '0101-000000-bb')
    cpSync(path, copy, {recursive: true})
    writeFileSync(join(copy, 'history.ndjson'), readFileSync(join(copy, 'history.ndjson'), 'utf8').slice(0, 9_000))
    expect(refusal('0101-000000-bb')).toContain('RUN_UNREADABLE: 0101-000000-bb/record.json: run is 0101-000000-aa')
  })

  it('of a series has every trial', () => {
    store('0101-000000-aa', {}, [1, 2])
    store('0101-000000-ab', {seed: 2}, [2, 2])
    series('0101-000000-ab', ['0101-000000-aa', '0101-000000-ab'])
    expect(judgeAgain(root, '0101-000000-ab')).toMatchObject({verdict: 'pass', trials: {n: 2}})
  })

  it.each([
    ['left out', ['0101-000000-aa', '0101-000000-ac'], '0101-000000-aa was trial 1 of 3'],
    ['in another order', ['0101-000000-ab', '0101-000000-aa', '0101-000000-ac'], '0101-000000-ab was trial 2 of 3'],
    ['of another series', ['0101-000000-aa', '0101-000000-ab', '0101-000000-ad'], '0101-000000-ad was trial 1 of 1'],
  ])('makes no series of which a trial is %s', (_what, runs, said) => {
    for (const [index, run] of ['0101-000000-aa', '0101-000000-ab', '0101-000000-ac'].entries())
      store(run, {seed: index}, [index + 1, 3])
    const last = runs.at(-1) ?? ''
    if (last.endsWith('ad')) store(last, {seed: 9})
    series(last, runs)
    expect(refusal(last)).toContain(said)
  })

  it('makes no series of one run twice, nor of two scenarios', () => {
    store('0101-000000-aa', {}, [1, 2])
    store('0101-000000-ab', {kind: 'quiet', outageMs: 0}, [2, 2])
    series('0101-000000-ab', ['0101-000000-aa', '0101-000000-aa'])
    expect(refusal('0101-000000-ab')).toContain('a run is named twice')
    series('0101-000000-ab', ['0101-000000-aa', '0101-000000-ab'])
    expect(refusal('0101-000000-ab')).toContain('0101-000000-aa is simulated-crash through router')
  })
})
