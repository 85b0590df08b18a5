// A lab for a test file: brought up by hl itself, taken away with its data at the end, and nothing may be left behind.
// For tests only.
import {execFile} from 'node:child_process'
import {mkdtempSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {promisify} from 'node:util'
import {afterAll, beforeAll, expect} from 'vitest'
import type {Report} from '../../src/model/report.ts'
import {runHl, startHl} from '../run-hl.ts'
import type {Finished, Running} from '../run-hl.ts'

const execute = promisify(execFile)

/** The docker client, for looking at what hl made from outside of hl. */
export async function docker(...argv: readonly string[]): Promise<string> {
  return (await execute('docker', [...argv], {maxBuffer: 64 * 1_024 * 1_024})).stdout
}

export interface TestLab {
  readonly name: string
  /** Where .hl/runs of this file's runs lies. */
  readonly cwd: string
  hl(...words: readonly string[]): Promise<Finished>
  start(...words: readonly string[]): Running
  /** The result of a command under --json; fails unless there is one. */
  json<T>(...words: readonly string[]): Promise<{readonly exitCode: number | null; readonly result: T}>
  failover(
    scenario: string,
    ...words: readonly string[]
  ): Promise<{readonly exitCode: number | null; readonly result: Report}>
  container(service: string): string
}

/** Names of all Docker objects that carry the lab's label. */
export async function labelled(lab: string): Promise<readonly string[]> {
  const filter = ['--filter', `label=hl.lab=${lab}`]
  const found = await Promise.all([
    docker('ps', '-aq', ...filter),
    docker('network', 'ls', '-q', ...filter),
    docker('volume', 'ls', '-q', ...filter),
  ])
  return found.flatMap(text => text.split('\n').filter(line => line !== ''))
}

/** Registers set-up and tear-down in the calling file. */
export function useLab(name: string, ...up: readonly string[]): TestLab {
  const cwd = mkdtempSync(join(tmpdir(), 'hl-e2e-'))
  const own = (words: readonly string[]): readonly string[] => [...words, '--lab', name]
  const hl: TestLab['hl'] = async (...words) => runHl(own(words), {cwd})
  const json = async <T>(
    ...words: readonly string[]
  ): Promise<{readonly exitCode: number | null; readonly result: T}> => {
    const {exitCode, stdout, stderr} = await hl(...words, '--json')
    const answer = JSON.parse(stdout) as {readonly ok: boolean; readonly result: T}
    expect(answer.ok, `${words.join(' ')}: ${stdout}${stderr}`).toBe(true)
    return {exitCode, result: answer.result}
  }
  beforeAll(async () => {
    await runHl(['down', '--lab', name, '--volumes', '--confirm', name], {cwd})
    const {exitCode, stderr} = await hl('up', ...up)
    expect(exitCode, stderr).toBe(0)
  })
  afterAll(async () => {
    await hl('down', '--volumes', '--confirm', name)
    expect(await labelled(name)).toEqual([])
  })
  return {
    name,
    cwd,
    hl,
    json,
    start: (...words) => startHl(own(words), {cwd}),
    failover: async (scenario, ...words) => json<Report>('failover', '--scenario', scenario, ...words),
    container: service => `hl-${name}-${service}-1`,
  }
}
