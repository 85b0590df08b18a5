// A trial from gate to report in a folder of its own, on the fake cluster. Not here: the walk (test/fakes), which lab
// it runs in (run-experiment.test.ts).
import {existsSync, readdirSync, readFileSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, it} from 'vitest'
import {fakeDocker} from '../../test/fakes/fake-docker.ts'
import {FakeLoad} from '../../test/fakes/fake-load.ts'
import {fakeLab} from '../../test/fakes/fake-world.ts'
import {failoverScenarios} from '../../scenarios/index.ts'
import {temporaryFolder} from '../../test/temporary-folder.ts'
import type {ConnectedLab} from '../lab/lifecycle/connect-lab.ts'
import type {HlError} from '../model/errors.ts'
import type {RunEvent} from '../model/run-event.ts'
import {runTrial, type TrialPorts} from './run-trial.ts'
import {diskError} from '../model/disk-error.ts'
import {createRun, type OpenRunFolder} from './store/run-folder.ts'
import {judgeAgain, reportIn} from './store/stored-report.ts'

const scenario = failoverScenarios['primary-crash']
const load = {
  writesPerSecond: 20,
  transfersPerSecond: 4,
  primaryReadsPerSecond: 4,
  standbyReadsPerSecond: 0,
  pinnedWritesPerSecond: 5,
}

const origin = {note: 'a <new> disk', commit: 'c'.repeat(40), author: 'Ada'}

async function worldOf(change: (folder: OpenRunFolder) => Partial<OpenRunFolder> = () => ({})) {
  const lab = await fakeLab(scenario)
  const runsRoot = temporaryFolder('runs')
  const said: string[] = []
  const watched: RunEvent[] = []
  const closed: string[] = []
  const cluster = Object.assign(lab.cluster, {logs: async () => Promise.resolve('a line of password-of-owner\n')})
  const escaped: unknown[] = []
  const wire: TrialPorts['wire'] = ({plan, emit, onOp, save, signal}) => {
    // As the real load does, from its timer: what it throws there is nobody's.
    lab.clock.after(9_000, () => {
      try {
        emit({kind: 'router.primary', atMs: lab.clock.nowMs(), node: 'pg1'})
      } catch (error) {
        escaped.push(error)
      }
    })
    return {
      restoredLabs: () => [],
      close: async () => Promise.resolve(void closed.push('connections')),
      world: {...lab.world, load: new FakeLoad(cluster, lab.clock, plan.load, onOp, emit), emit, onOp, save, signal},
    }
  }
  const connected = {
    cluster,
    clusters: [{cluster}],
    secrets: {owner: 'password-of-owner'},
    description: {services: [{name: 'pg1'}]},
  } as unknown as ConnectedLab
  const run = async () =>
    lab.clock.run(
      runTrial(
        {
          lab: connected,
          scenario,
          choices: {seed: 1, through: 'router', overrides: {settings: {}, load, objectives: {}}},
          up: {},
          transient: false,
          runsRoot,
          trial: 1,
          trials: 1,
          origin,
          watch: event => void watched.push(event),
          note: text => void said.push(text),
          signal: lab.interrupt.signal,
        },
        {
          docker: fakeDocker().docker,
          newClock: () => lab.clock,
          wire,
          createRun: (root, newId) => {
            const folder = createRun(root, newId)
            return {...folder, ...change(folder)}
          },
        },
      ),
    )
  const folder = (): string => join(runsRoot, readdirSync(runsRoot).find(name => name !== 'latest') ?? 'none')
  const loseLogs = (): void => {
    cluster.logs = async () => {
      rmSync(join(folder(), 'logs'), {recursive: true})
      return Promise.resolve('a line\n')
    }
  }
  return {lab, cluster, loseLogs, runsRoot, said, watched, closed, escaped, run, folder}
}

describe('a trial', () => {
  it('ends with the report that its stored files lead to, and with logs without passwords', async () => {
    const {runsRoot, watched, closed, run, folder} = await worldOf()
    const report = await run()
    expect([report.verdict, report.origin]).toEqual(['pass', origin])
    expect([reportIn(folder()), judgeAgain(runsRoot, 'latest')]).toEqual([report, report])
    expect(readFileSync(join(folder(), 'logs/pg1.log'), 'utf8')).toMatch(/^a line of (?!password)/)
    expect(watched.at(-1)).toMatchObject({kind: 'run.done', verdict: 'pass'})
    expect(closed).toEqual(['connections'])
  })

  it('has a page whose links lead to the files beside it and to the runbook', async () => {
    const {run, folder} = await worldOf()
    await run()
    const html = readFileSync(join(folder(), 'report.html'), 'utf8')
    const links = [...html.matchAll(/ href="([^"]*)"/g)].map(([, href]) => href ?? '')
    expect(links.length).toBeGreaterThan(5)
    expect(links.filter(href => !/^\.{1,2}\//.test(href) || !existsSync(join(folder(), href)))).toEqual([])
  })

  it('does not begin, and makes no folder, on a lab that is not healthy', async () => {
    const {lab, cluster, runsRoot, closed, run} = await worldOf()
    await lab.clock.run(cluster.kill('pg2'))
    await expect(run()).rejects.toMatchObject({
      code: 'LAB_UNHEALTHY',
      next: expect.arrayContaining([expect.stringMatching(/^hl faults heal --all/)]) as string[],
    })
    expect([readdirSync(runsRoot), closed]).toEqual([[], []])
  })

  it('is INTERRUPTED at Ctrl-C, with everything healed, its files stored, and no report', async () => {
    const {lab, cluster, closed, run, folder} = await worldOf()
    lab.clock.after(12_000, () => lab.interrupt.abort('SIGINT'))
    const error: unknown = await run().catch((reason: unknown) => reason)
    expect(error).toMatchObject({
      code: 'INTERRUPTED',
      message: expect.stringContaining('every fault is healed') as string,
    })
    expect((error as HlError).next.join('\n')).toContain('hl runs check 0101-')
    expect((await lab.clock.run(cluster.state())).primary).not.toBeNull()
    expect([existsSync(join(folder(), 'record.json')), reportIn(folder())]).toEqual([true, null])
    expect(closed).toEqual(['connections'])
  })

  it('is HEAL_FAILED with the commands that mend it when a fault is left, whatever becomes of the logs', async () => {
    const {cluster, loseLogs, said, closed, run} = await worldOf()
    cluster.broken.add('start pg1')
    loseLogs()
    await expect(run()).rejects.toMatchObject({
      code: 'HEAL_FAILED',
      message: expect.stringContaining('start pg1 failed') as string,
      next: ['hl faults heal --all --lab fake', expect.stringContaining('hl down --volumes')],
    })
    expect([said, closed]).toEqual([[expect.stringContaining('could not be saved')], ['connections']])
  })

  it('tells of logs that cannot be saved, and has its report all the same', async () => {
    const {loseLogs, said, run} = await worldOf()
    loseLogs()
    expect((await run()).verdict).toBe('pass')
    expect(said).toEqual([expect.stringMatching(/^the logs of run \S+ could not be saved: /)])
  })
})

describe('a disk that is full', () => {
  /** From the `first` call on. */
  function full<A>(file: string, first: number, kept: (...args: A[]) => void): (...args: A[]) => void {
    let calls = 0
    return (...args) => {
      calls += 1
      const error = Object.assign(new Error('write'), {code: 'ENOSPC', syscall: 'write'})
      if (calls >= first) throw diskError(`/runs/1/${file}`, error)
      kept(...args)
    }
  }
  const saves = (file: string) => (folder: OpenRunFolder) => ({
    saveFile: (name: string, text: string) =>
      (name === file ? full<string>(file, 1, () => undefined) : folder.saveFile.bind(folder))(name, text),
  })
  const undone = /^run \S+ took place, and what it changed is undone; /

  it.each<[string, string, (folder: OpenRunFolder) => Partial<OpenRunFolder>, RegExp]>([
    [
      'events.ndjson, with an event that the load tells from its timer',
      'events.ndjson',
      folder => ({
        appendEvent: event => {
          if (event.kind === 'router.primary') full('events.ndjson', 1, () => undefined)()
          folder.appendEvent(event)
        },
        close: full('events.ndjson', 1, () => undefined),
      }),
      /cannot be judged/,
    ],
    [
      'events.ndjson, under a fault',
      'events.ndjson',
      folder => {
        let broken = false
        return {
          appendEvent: event => {
            broken ||= event.kind === 'fault.verified'
            if (broken) full('events.ndjson', 1, () => undefined)()
            folder.appendEvent(event)
          },
          close: full('events.ndjson', 1, () => undefined),
        }
      },
      /cannot be judged/,
    ],
    [
      'history.ndjson',
      'history.ndjson',
      folder => ({
        appendOp: full('history.ndjson', 300, op => folder.appendOp(op)),
        close: full('history.ndjson', 1, () => undefined),
      }),
      /cannot be judged/,
    ],
    [
      'record.json at the end',
      'record.json',
      folder => ({saveRecord: full('record.json', 2, record => folder.saveRecord(record))}),
      /cannot be judged/,
    ],
    ['report.json', 'report.json', saves('report.json'), /its verdict is pass, and its report was not kept/],
    ['junit.xml', 'junit.xml', saves('junit.xml'), /its verdict is pass, and its report was not kept/],
  ])('at %s: ends the run the ordinary way', async (_what, file, change, said) => {
    const {lab, cluster, closed, escaped, run} = await worldOf(change)
    const error = await run().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({code: 'DISK_FULL', exitCode: 4, message: expect.stringMatching(undone) as string})
    expect(error).toMatchObject({message: expect.stringMatching(said) as string})
    expect(error).toMatchObject({
      message: expect.stringContaining(`${file} cannot be written: no space left`) as string,
    })
    const {primary, members} = await lab.clock.run(cluster.state())
    expect([primary !== null, members.map(({container}) => container)]).toEqual([
      true,
      ['running', 'running', 'running'],
    ])
    expect([closed, escaped]).toEqual([['connections'], []])
  })

  it('at record.json before the first step: nothing was injected, and nothing else is said', async () => {
    const {cluster, run} = await worldOf(() => ({saveRecord: full('record.json', 1, () => undefined)}))
    await expect(run()).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: '/runs/1/record.json cannot be written: no space left',
    })
    expect(cluster.calls).toEqual([])
  })

  it('at the logs: tells so, and has its report all the same', async () => {
    const {said, run} = await worldOf(saves('logs/pg1.log'))
    expect((await run()).verdict).toBe('pass')
    expect(said).toEqual([expect.stringContaining('logs/pg1.log cannot be written: no space left')])
  })

  it('hides no fault that is left', async () => {
    const {cluster, run} = await worldOf(() => ({close: full('events.ndjson', 1, () => undefined)}))
    cluster.broken.add('start pg1')
    await expect(run()).rejects.toMatchObject({code: 'HEAL_FAILED'})
  })
})
