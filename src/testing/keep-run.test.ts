// Folders of measurements, on real files: what `hl runs` reads of them, and what is not in them.
import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {beforeEach, describe, expect, it} from 'vitest'
import {fakeDocker} from '../../test/fakes/fake-docker.ts'
import {fakeService} from '../../test/fakes/fake-service.ts'
import {temporaryFolder} from '../../test/temporary-folder.ts'
import {judgeStored, readReport} from '../experiment/store/stored-report.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import {HlError} from '../model/errors.ts'
import {judgedRun} from './judge-requests.ts'
import {keepRun, keepStart, sayKept} from './keep-run.ts'

let root = ''
beforeEach(() => void (root = temporaryFolder('kept')))

const lab = {
  cluster: {logs: async (service: string) => Promise.resolve(`${service} says geheim\n`)},
  clusters: [],
  description: {lab: 'fake', services: [{name: 'pg1'}, {name: 'etcd1'}]},
} as unknown as ConnectedLab

describe('the folder of a measurement', () => {
  it('is a run that hl reads, with the verdict of the test, the logs, and no password', async () => {
    const {measuredOf, failover} = fakeService('promises')
    const run = judgedRun(await measuredOf(failover, {name: 'orders geheim'}))
    const {folder, report} = await keepRun(run, {runs: root, lab, secrets: ['geheim'], random: {next: () => 0}})
    const files = readdirSync(folder).sort()
    expect(files).toEqual(
      expect.arrayContaining([
        'events.ndjson',
        'history.ndjson',
        'junit.xml',
        'record.json',
        'report.html',
        'report.md',
      ]),
    )
    expect(readFileSync(join(folder, 'logs/pg1.log'), 'utf8')).toBe('pg1 says ***\n')
    for (const file of files.filter(name => name !== 'logs'))
      expect(readFileSync(join(folder, file), 'utf8'), file).not.toContain('geheim')
    const again = judgeStored(root, report.run)
    expect([again.verdict, again.checks, again.writes]).toEqual([report.verdict, report.checks, report.writes])
    expect(report.verdict).toBe('fail')
    expect(readReport(root, report.run).verdict).toBe('fail')
  })

  it('of one that nobody verified claims no writes when it is judged again', async () => {
    const {measuredOf, failover} = fakeService('waits')
    const run = judgedRun(await measuredOf(failover, {}, false))
    const {report} = await keepRun(run, {runs: root, lab, secrets: [], random: {next: () => 0}})
    expect(judgeStored(root, report.run).checks.map(({name}) => name)).not.toContain('lost-writes')
  })

  it('never takes the name of another one', async () => {
    const {measuredOf} = fakeService('waits')
    const run = judgedRun(await measuredOf(() => undefined))
    let drawn = 0
    const random = {next: () => (drawn++ < 2 ? 0 : 0.5)}
    const kept = [await keepRun(run, {runs: root, lab, secrets: [], random})]
    kept.push(await keepRun(run, {runs: root, lab, secrets: [], random}))
    expect(new Set(kept.map(({folder}) => folder)).size).toBe(2)
  })
})

describe('the folder of a start that failed', () => {
  it('says why, and what each container said', async () => {
    const engine = fakeDocker()
    engine.addService('shop', 'pg1')
    const error = new HlError('LAB_UNHEALTHY', 'not healthy', {next: ['look']})
    const folder = await keepStart(engine.docker, 'shop', root, error)
    expect(folder).toBe(join(root, 'start-shop'))
    expect(readFileSync(join(root, 'start-shop/error.txt'), 'utf8')).toMatch(/^LAB_UNHEALTHY: not healthy\n {2}look\n/)
    expect(readdirSync(join(root, 'start-shop')).sort()).toEqual(['error.txt', 'pg1.log'])
    expect(await keepStart(engine.docker, 'shop', root, error)).toBe(join(root, 'start-shop-2'))
  })

  it('is not made where there was no container yet', async () => {
    expect(await keepStart(fakeDocker().docker, 'shop', root, new Error('no'))).toBeNull()
    expect(readdirSync(root)).toEqual([])
  })
})

describe('where something was kept', () => {
  it('is said by the error that the test threw, which stays the same one', () => {
    const error = new Error('expected 1 to be 0')
    sayKept(error, 'what was seen of it is in /kept')
    expect(error.message).toBe('expected 1 to be 0; what was seen of it is in /kept')
    expect(error.stack).toContain('expected 1 to be 0; what was seen of it is in /kept\n')
  })

  it('is not said by one that nobody may change, nor by what is no error', () => {
    const error = Object.freeze(new Error('no'))
    sayKept(error, 'kept')
    sayKept('a text', 'kept')
    expect(error.message).toBe('no')
  })
})
