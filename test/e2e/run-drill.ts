// Drills through hl as a person runs them, for a test file: a lab name of its own, and what each kind of drill must
// show. Invariant: no timed assertion beyond the objectives that the drills carry. For tests only.
import {expect} from 'vitest'
import {recoveryScenarios as scenarios, type RecoveryName} from '../../scenarios/index.ts'
import type {Report} from '../../src/model/report.ts'
import {runHl} from '../run-hl.ts'
import {ownName} from '../suite/run-name.ts'
import {labelled, removesLabs, useFolder} from './use-lab.ts'

/** Two labs are made, one is copied from the archive of the other, and both are taken away. */
export const drillMs = 600_000

export interface Drilled {
  readonly exitCode: number | null
  readonly report: Report
}

export interface TestDrills {
  readonly cwd: string
  run(name: RecoveryName): Promise<Drilled>
  /** The result of another command under --json. */
  json<T>(...words: readonly string[]): Promise<T>
  /** What Docker has of the drill's two labs. */
  left(): Promise<readonly string[]>
}

/** Registers set-up and tear-down in the calling file. */
export function useDrills(name: string): TestDrills {
  const lab = ownName(name)
  const labs = [lab, `${lab}-restored`]
  const cwd = useFolder(name)
  removesLabs(cwd, ...labs)
  return {
    cwd,
    run: async scenario => {
      // No drill is about an election of etcd or about pgpool.
      const words = ['drill', '--scenario', scenario, '--lab', lab, '--profile', 'small', '--seed', '1', '--json']
      const {exitCode, stdout, stderr} = await runHl(words, {cwd})
      const answer = JSON.parse(stdout) as {readonly ok: boolean; readonly result: Report}
      expect(answer.ok, `${stdout.slice(0, 2_000)}${stderr}`).toBe(exitCode === 0)
      expect(answer.result, `${stdout.slice(0, 2_000)}${stderr}`).toBeDefined()
      return {exitCode, report: answer.result}
    },
    json: async <T>(...words: readonly string[]) =>
      (JSON.parse((await runHl([...words, '--json'], {cwd})).stdout) as {readonly result: T}).result,
    left: async () => (await Promise.all(labs.map(labelled))).flat(),
  }
}

const failed = ({checks}: Report): readonly string[] =>
  checks.filter(({verdict}) => verdict === 'fail').map(({name}) => name)

/** It passed, nothing that should be there is missing, and the parts add up. */
function expectPassed({exitCode, report}: Drilled): void {
  expect(failed(report), report.run).toEqual([])
  expect({exitCode, verdict: report.verdict}, report.run).toEqual({exitCode: 0, verdict: 'pass'})
  expect(report.writes).toMatchObject({duplicated: 0, phantom: 0})
}

/** A restore of the whole cluster, into a new lab or in place. */
export function expectRestored(name: RecoveryName, drilled: Drilled): void {
  expectPassed(drilled)
  expect(drilled.report.writes.lost).toBe(0)
  const {report} = drilled
  const checks = report.checks.map(check => check.name)
  expect(report.rto?.parts.reduce((sum, part) => sum + part.ms, 0)).toBeCloseTo(report.rto?.ms ?? Number.NaN, 3)
  expect(checks).toEqual(
    expect.arrayContaining(['amcheck', 'dump-readable', 'checksums', 'sequences', 'roles', 'own-timeline']),
  )
  expect(report.restore?.chain.length, report.run).toBe(name === 'bad-update' ? 2 : 1)
  if (name === 'failover-during-backup') expect(checks).toContain('backups-whole')
  if (name === 'cluster-lost') expect(report.rpo).toMatchObject({transactions: 0})
  // Traffic went on after the bad statement: a restore to before it that loses nothing did not go back.
  else
    expect(report.pointInTime).toMatchObject({
      missing: 0,
      keptAfter: 0,
      collateral: expect.toSatisfy((count: number) => count > 50) as number,
    })
}

/** All shards at one moment: what came after it is gone, and of no transfer a half is there. */
export function expectShardsRestored(drilled: Drilled): void {
  expectPassed(drilled)
  const {report} = drilled
  expect(report.checks.filter(({verdict}) => verdict === 'pass').map(({name}) => name)).toEqual(
    expect.arrayContaining(['at-barrier', 'transactions-whole', 'transfers-total', 'rows-on-owner', 'map-of-barrier']),
  )
  expect(report.rpo?.transactions).toBeGreaterThan(0)
}

/** One shard, beside another that has lost nothing: what it lost is counted, halves of transfers too. */
export function expectShardRestored(drilled: Drilled): void {
  expectPassed(drilled)
  const {report} = drilled
  expect(report.checks.filter(({verdict}) => verdict === 'pass').map(({name}) => name)).toEqual(
    expect.arrayContaining([
      ...['at-barrier', 'transactions-whole', 'halves-told', 'transfers-total', 'lost-writes', 'rows-on-owner'],
      ...['other-shards-untouched', 'lost-after-restore', 'amcheck'],
    ]),
  )
  expect(report.rpo?.transactions).toBeGreaterThan(0)
}

/** Nothing that was acknowledged at any time is lost. */
export function expectWentOn(name: RecoveryName, drilled: Drilled): void {
  expectPassed(drilled)
  expect(drilled.report.writes.lost).toBe(0)
  const {report} = drilled
  const checks = report.checks.map(check => check.name)
  expect(report.rpo).toMatchObject({transactions: 0})
  expect(report.pointInTime).toBeNull()
  expect(checks).toEqual(expect.arrayContaining(['victim-intact', 'amcheck', 'lost-writes']))
  // A table comes back without the clients noticing, and without anything else.
  if (name === 'one-table' || name === 'delayed-standby')
    expect(checks).toEqual(expect.arrayContaining(['no-failed-writes', 'no-failover', 'only-the-table']))
  else expect(checks).toContain('pages-intact')
  if (name === 'delayed-standby') expect(checks).toContain('nothing-fetched')
}

/** Refused with the name of what is wrong and a way out. */
export function expectRefused(name: RecoveryName & keyof typeof refusals, {exitCode, report}: Drilled): void {
  expect({exitCode, verdict: report.verdict, held: report.controlHeld}, report.run).toEqual({
    exitCode: 0,
    verdict: 'pass',
    held: true,
  })
  expect(report.refusal).toMatchObject({
    code: refusals[name].expect.code,
    message: expect.stringMatching(refusals[name].expect.saying) as string,
  })
  expect(report.refusal?.next.length).toBeGreaterThan(0)
  expect(report.restore).toBeNull()
}

const refusals = {
  'archive-gap': scenarios['archive-gap'],
  'wrong-host': scenarios['wrong-host'],
  'control-segment-missing': scenarios['control-segment-missing'],
  'control-byte-flipped': scenarios['control-byte-flipped'],
} as const

/** Restored, and rejected by exactly the checks that must. */
export function expectRejected(name: 'control-one-late' | 'control-one-early', {exitCode, report}: Drilled): void {
  expect(failed(report).toSorted(), report.run).toEqual([...scenarios[name].expect.checks].toSorted())
  expect({exitCode, verdict: report.verdict, held: report.controlHeld}).toEqual({
    exitCode: 1,
    verdict: 'fail',
    held: true,
  })
  if (name === 'control-one-early') expect(report.pointInTime?.missing).toBe(1)
}
