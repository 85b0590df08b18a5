// A lab for a test file: brought up by hl itself, taken away with its data at the end, and nothing may be left behind.
// For tests only. Invariant: no other file, and no other run, has a lab of that name.
import {execFile} from 'node:child_process'
import {mkdirSync, mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join, resolve} from 'node:path'
import {promisify} from 'node:util'
import {afterAll, afterEach, beforeAll, expect} from 'vitest'
import type {ClusterStatus} from '../../src/faults/cluster-status.ts'
import type {Report} from '../../src/model/report.ts'
import {runHl, startHl} from '../run-hl.ts'
import type {Finished, Running} from '../run-hl.ts'
import {ownName} from '../suite/run-name.ts'

const execute = promisify(execFile)

/** The docker client, for looking at what hl made from outside of hl. */
export async function docker(...argv: readonly string[]): Promise<string> {
  return (await execute('docker', [...argv], {maxBuffer: 64 * 1_024 * 1_024})).stdout
}

/** What `hl status --check` tells; `clusters` where the lab has several and none was named. */
export interface LabStatus extends ClusterStatus {
  readonly problems: readonly string[]
  readonly conditions: readonly object[]
  readonly clusters?: readonly ClusterStatus[]
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
  /** What `hl status` says when nothing is wrong, in two minutes; of one shard where it is named. */
  healthy(...words: readonly string[]): Promise<LabStatus>
  /** What hl writes to stderr of a command that must fail. */
  refused(...words: readonly string[]): Promise<string>
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

/**
 * A folder in which hl leaves its runs. It goes with the file's tests; where one failed it stays, below
 * HL_TEST_RUNS where that is set, so that continuous integration can keep it.
 */
export function useFolder(name: string): string {
  const base = resolve(process.env['HL_TEST_RUNS'] ?? tmpdir())
  mkdirSync(base, {recursive: true})
  const folder = mkdtempSync(join(base, `hl-${name}-`))
  let failed = false
  afterEach(({task}) => {
    failed ||= task.result?.state === 'fail'
  })
  afterAll(() => {
    if (!failed) rmSync(folder, {recursive: true, force: true})
  })
  return folder
}

/** Takes the labs away with their data before the calling file's tests and after them, and nothing may be left. */
export function removesLabs(cwd: string, ...labs: readonly string[]): void {
  const remove = async (): Promise<void> => {
    for (const lab of labs) await runHl(['down', '--lab', lab, '--volumes', '--confirm', lab], {cwd})
  }
  beforeAll(remove)
  afterAll(async () => {
    await remove()
    expect((await Promise.all(labs.map(labelled))).flat()).toEqual([])
  })
}

/** The calling file's lab, and what else it makes: `<name>-<suffix>`. */
export interface LabOptions {
  /** Words of `hl up`. */
  readonly up?: readonly string[]
  /** One etcd member and no pgpool, for tests that are about neither. Default: the standard lab. */
  readonly profile?: 'standard' | 'small'
  /** Labs that the tests make beside it, by what follows its name. */
  readonly beside?: readonly string[]
}

/** Registers set-up and tear-down in the calling file. The lab's name begins with `name`. */
export function useLab(name: string, {up = [], profile = 'standard', beside = []}: LabOptions = {}): TestLab {
  const lab = ownName(name)
  const cwd = useFolder(name)
  const own = (words: readonly string[]): readonly string[] => [...words, '--lab', lab]
  const hl: TestLab['hl'] = async (...words) => runHl(own(words), {cwd})
  const json = async <T>(
    ...words: readonly string[]
  ): Promise<{readonly exitCode: number | null; readonly result: T}> => {
    const {exitCode, stdout, stderr} = await hl(...words, '--json')
    const answer = JSON.parse(stdout) as {readonly ok: boolean; readonly result: T}
    expect(answer, `${words.join(' ')}: ${stdout}${stderr}`).toMatchObject({
      ok: exitCode === 0,
      result: expect.anything(),
    })
    return {exitCode, result: answer.result}
  }
  // A status is what one moment shows, and on a busy host a node that answers after seconds counts as silent.
  const healthy = async (...words: readonly string[]): Promise<LabStatus> => {
    const seen: LabStatus[] = []
    const look = async (): Promise<unknown> => {
      const {exitCode, result} = await json<LabStatus>('status', '--check', ...words)
      seen.push(result)
      return {exitCode, problems: result.problems, conditions: result.conditions}
    }
    await expect.poll(look, {timeout: 120_000, interval: 500}).toMatchObject({exitCode: 0})
    const [last] = seen.slice(-1)
    if (last === undefined) throw new Error('unreachable: it was looked at')
    return last
  }
  removesLabs(cwd, lab, ...beside.map(suffix => `${lab}-${suffix}`))
  beforeAll(async () => {
    const {exitCode, stderr} = await hl('up', ...(profile === 'standard' ? [] : ['--profile', profile]), ...up)
    expect(exitCode, stderr).toBe(0)
  })
  return {
    name: lab,
    cwd,
    hl,
    json,
    healthy,
    refused: async (...words) => {
      const {exitCode, stderr} = await hl(...words)
      expect(exitCode, stderr).not.toBe(0)
      return stderr
    },
    start: (...words) => startHl(own(words), {cwd}),
    failover: async (scenario, ...words) => json<Report>('failover', '--scenario', scenario, ...words),
    container: service => `hl-${lab}-${service}-1`,
  }
}
