import {createHash} from 'node:crypto'
import {appendFileSync, mkdirSync, readFileSync, readlinkSync, statSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import fc from 'fast-check'
import {beforeEach, describe, expect, it} from 'vitest'
import {scenarios} from '../../../scenarios/index.ts'
import {temporaryFolder} from '../../../test/temporary-folder.ts'
import {HlError} from '../../model/errors.ts'
import type {Op} from '../../model/history.ts'
import type {RunRecord} from '../../model/report.ts'
import type {RunEvent} from '../../model/run-event.ts'
import {defaultLoad} from '../../model/scenario.ts'
import {defaultSettings} from '../../model/topology.ts'
import {diskError} from '../../model/disk-error.ts'
import {eachLine} from './line-file.ts'
import {parseEvent, parseOp, parseRecord, readable} from './parse-record.ts'
import {createRun, listRuns, openRun, pruneRuns} from './run-folder.ts'
import {isRunId, newRunId} from './run-id.ts'
import {seededRandom} from '../random.ts'

let root = ''
beforeEach(() => void (root = temporaryFolder('runs')))

const op: Op = {
  kind: 'append',
  id: 1,
  session: 0,
  version: 1,
  dueMs: 5,
  invokedMs: 5,
  completedMs: 9,
  outcome: 'ok',
  node: 'pg1',
  timeline: 1,
  error: null,
}
const event: RunEvent = {kind: 'heal.commanded', atMs: 3, fault: 'crash'}
const recordOf = (run: string, startedAt: string): RunRecord => ({
  schemaVersion: 1,
  run,
  scenario: scenarios['primary-crash'],
  seed: 1,
  trial: 1,
  startedAt,
  through: 'router',
  config: {settings: defaultSettings, load: defaultLoad, versions: {}, patroni: {}, dataChecksums: null, fsync: null},
  host: {cpus: 2, memoryMb: 1, os: 'x', docker: 'y'},
  final: null,
  recovery: null,
})

function stored(run: string, startedAt = '2026-11-22T10:15:02Z'): string {
  const folder = createRun(root, () => run)
  folder.saveRecord(recordOf(run, startedAt))
  folder.appendEvent(event)
  folder.appendOp(op)
  folder.appendOp({...op, id: 2})
  folder.close()
  return folder.path
}

const readBack = (name: string): object => {
  const {ops, ...run} = openRun(root, name)
  return {...run, ops: [...ops]}
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const truncate = (path: string): void => writeFileSync(path, readFileSync(path, 'utf8').slice(0, -30))

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return error instanceof HlError ? `${error.code}: ${error.message}` : String(error)
  }
  return 'no error'
}

describe('a run folder', () => {
  it('leaves out what comes after it was closed, and keeps it out of the next run', async () => {
    const [first, second] = [createRun(root, () => '1122-101502-a3'), '1122-101503-a4']
    first.saveRecord(recordOf('1122-101502-a3', '2026-11-22T10:15:02Z'))
    first.close()
    const next = createRun(root, () => second)
    first.appendOp(op)
    first.appendEvent(event)
    await new Promise(resolve => setImmediate(resolve))
    next.saveRecord(recordOf(second, '2026-11-22T10:15:03Z'))
    next.close()
    expect([readBack('1122-101502-a3'), readBack(second)]).toMatchObject([
      {events: [], ops: []},
      {events: [], ops: []},
    ])
  })

  it('gives back what was put in, by name and as latest', () => {
    const path = stored('1122-101502-a3')
    expect(readBack('latest')).toEqual({
      path,
      record: {
        ...recordOf('1122-101502-a3', '2026-11-22T10:15:02Z'),
        stored: {
          events: {lines: 1, sha256: sha256(`${JSON.stringify(event)}\n`)},
          history: {lines: 2, sha256: sha256(`${JSON.stringify(op)}\n${JSON.stringify({...op, id: 2})}\n`)},
        },
      },
      events: [event],
      ops: [op, {...op, id: 2}],
    })
    expect(readBack('1122-101502-a3')).toEqual(readBack('latest'))
  })

  it('has every line with the operating system a turn later, without a close', async () => {
    const folder = createRun(root, () => '1122-101502-a3')
    folder.appendOp(op)
    folder.appendOp(op)
    await new Promise(resolve => setImmediate(resolve))
    expect(readFileSync(join(folder.path, 'history.ndjson'), 'utf8').split('\n')).toHaveLength(3)
    folder.close()
  })

  it('leaves out a last line that was torn, and refuses a line that is broken otherwise', () => {
    const path = stored('1122-101502-a3')
    // A run that was cut off has no digest of its files.
    writeFileSync(join(path, 'record.json'), JSON.stringify(recordOf('1122-101502-a3', '2026-11-22T10:15:02Z')))
    appendFileSync(join(path, 'history.ndjson'), '{"kind":"appe')
    expect(openRun(root, 'latest').ops).toHaveLength(2)
    appendFileSync(join(path, 'history.ndjson'), '\n')
    expect(codeOf(() => openRun(root, 'latest'))).toContain('RUN_UNREADABLE: history.ndjson, line 3')
  })

  it('refuses a line that never ends, and does not take all of it into memory first', () => {
    const path = stored('1122-101502-a3')
    appendFileSync(join(path, 'history.ndjson'), 'x'.repeat(18 * 1_048_576))
    expect(codeOf(() => openRun(root, 'latest'))).toContain('line 3 has more than 16777216 bytes')
  })

  it.each<[string, (path: string) => void, string]>([
    [
      'a copied folder',
      path => {
        writeFileSync(join(path, 'record.json'), JSON.stringify(recordOf('1122-101502-ff', '')))
      },
      'run is 1122-101502-ff, and the folder is that of 1122-101502-a3',
    ],
    [
      'a history of which an end is missing',
      path => truncate(join(path, 'history.ndjson')),
      'history.ndjson is not as',
    ],
    [
      'events that are not its own',
      path => appendFileSync(join(path, 'events.ndjson'), `${JSON.stringify({...event, atMs: 9})}\n`),
      'events.ndjson is not as it was when the run ended: it had 1 lines, and has 2',
    ],
    [
      'events of another run',
      path => {
        writeFileSync(join(path, 'record.json'), JSON.stringify(recordOf('1122-101502-a3', '')))
        const started = {kind: 'run.started', atMs: 0, run: 'other', scenario: 'x', seed: 1, trial: 1, trials: 1}
        const line = JSON.stringify({...started, steps: [], startedAt: ''})
        writeFileSync(join(path, 'events.ndjson'), `${line}\n`)
      },
      'events.ndjson is of run other',
    ],
    [
      'an objective that is no number',
      path => {
        const record = recordOf('1122-101502-a3', '')
        const scenario = {...record.scenario, objectives: {rtoMsMax: 'abc'}}
        writeFileSync(join(path, 'record.json'), JSON.stringify({...record, scenario}))
      },
      'scenario.objectives.rtoMsMax is wrong or missing',
    ],
  ])('does not read %s', (_, change, expected) => {
    const path = stored('1122-101502-a3')
    change(path)
    expect(codeOf(() => openRun(root, '1122-101502-a3'))).toMatch(/^RUN_UNREADABLE: 1122-101502-a3\/record.json: /)
    expect(codeOf(() => openRun(root, '1122-101502-a3'))).toContain(expected)
  })

  it.each([
    ['a run that is not there', '1122-101502-ff'],
    ['a path', '../1122-101502-a3'],
    ['latest of nothing', 'latest'],
  ])('does not know %s', (_, name) => {
    expect(codeOf(() => openRun(root, name))).toContain('RUN_UNKNOWN')
  })

  it('refuses a record of another schema', () => {
    const path = stored('1122-101502-a3')
    writeFileSync(join(path, 'record.json'), JSON.stringify({...recordOf('1122-101502-a3', ''), schemaVersion: 2}))
    expect(codeOf(() => openRun(root, 'latest'))).toBe(
      'RUN_UNREADABLE: 1122-101502-a3/record.json: schemaVersion is not 1',
    )
  })

  it('lists newest first across a new year, prunes the oldest, and never leaves latest dangling', () => {
    stored('1231-235900-01', '2026-12-31T23:59:00Z')
    stored('0101-000100-02', '2027-01-01T00:01:00Z')
    mkdirSync(join(root, '0601-000000-03'))
    expect(listRuns(root).map(({run, record}) => [run, record === null])).toEqual([
      ['0101-000100-02', false],
      ['1231-235900-01', false],
      ['0601-000000-03', true],
    ])
    expect(pruneRuns(root, 1)).toEqual(['1231-235900-01', '0601-000000-03'])
    expect(readlinkSync(join(root, 'latest'))).toBe('0101-000100-02')
    expect(pruneRuns(root, 0)).toEqual(['0101-000100-02'])
    expect(codeOf(() => readlinkSync(join(root, 'latest')))).toContain('ENOENT')
    expect(listRuns(join(root, 'nowhere'))).toEqual([])
  })

  it("is its owner's alone", () => {
    const folder = createRun(join(root, 'made'), () => '1122-101502-a3')
    folder.saveFile('report.txt', 'x')
    folder.close()
    const modes = ['..', '.', 'logs', 'events.ndjson', 'history.ndjson', 'report.txt'].map(
      name => statSync(join(folder.path, name)).mode & 0o077,
    )
    expect(modes).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('cannot be made where a file stands in its way', () => {
    writeFileSync(join(root, 'file'), '')
    expect(codeOf(() => createRun(join(root, 'file/runs'), () => '1122-101502-a3'))).toContain('FILE_UNWRITABLE')
  })

  it('tells a full disk from other failures', () => {
    const failed = (code: string): Error => Object.assign(new Error(code), {code, syscall: 'open'})
    const full = failed('ENOSPC')
    expect(diskError('/x', full)).toMatchObject({code: 'DISK_FULL', cause: full})
    expect(diskError('/x', failed('EROFS'))).toMatchObject({
      code: 'FILE_UNWRITABLE',
      message: '/x cannot be written: the file system is read-only',
    })
    const other = new Error('denied')
    expect(diskError('/x', other)).toBe(other)
  })

  it.runIf(process.platform === 'linux')('refuses to go on once the disk is full', async () => {
    const folder = createRun(root, () => '1122-101502-a3')
    expect(codeOf(() => folder.saveFile('nowhere/report.md', 'x'))).toContain('FILE_UNWRITABLE')
    folder.close()
    const {LineFile} = await import('./line-file.ts')
    const lines = new LineFile('/dev/full')
    lines.append(op)
    await new Promise(resolve => setImmediate(resolve))
    expect(codeOf(() => lines.append(op))).toContain('DISK_FULL')
    expect(codeOf(() => lines.close())).toContain('DISK_FULL')
  })
})

describe('the access path of a stored run', () => {
  const parsed = (fields: Partial<RunRecord>) =>
    parseRecord(JSON.parse(JSON.stringify({...recordOf('1122-101502-a3', ''), ...fields})))
  it('is as stored', () => {
    for (const through of ['router', 'pgpool', 'multi-host'] as const) expect(parsed({through}).through).toBe(through)
    expect(parsed({through: 'direct', directTo: 'pg1'})).toMatchObject({through: 'direct', directTo: 'pg1'})
  })
})

describe('parsing stored lines', () => {
  it.each<[string, unknown, string]>([
    ['an unknown kind', {...op, kind: 'drop'}, 'kind is wrong'],
    ['an unknown outcome', {...op, outcome: 'maybe'}, 'outcome is wrong'],
    ['a missing time', {...op, completedMs: undefined}, 'completedMs is wrong'],
    ['a bad error', {...op, error: 'text'}, 'error is wrong'],
    ['an inherited kind', {...op, kind: 'constructor'}, 'kind is wrong'],
    ['an absurd time', {...op, completedMs: 1e12}, 'completedMs is wrong'],
    ['a field within that is wrong', {...op, error: {code: 1, message: 'x'}}, 'error.code is wrong'],
  ])('refuses an operation with %s', (_, value, expected) => {
    expect(() => parseOp(value)).toThrow(expected)
  })

  it('throws plain errors only, and RUN_UNREADABLE for files, whatever is in them', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), text => {
        for (const parse of [parseOp, parseEvent, parseRecord])
          expect(codeOf(() => readable<unknown>(() => parse(JSON.parse(text)), 'x.ndjson, line 1'))).toMatch(
            /^(RUN_UNREADABLE: x\.ndjson, line 1: |no error)/,
          )
      }),
    )
  })

  it('takes every prefix of a file that was being written', () => {
    const text = [op, {...op, id: 2}].map(line => `${JSON.stringify(line)}\n`).join('')
    fc.assert(
      fc.property(fc.nat({max: text.length}), length => {
        const whole = text.slice(0, length).split('\n').length - 1
        writeFileSync(join(root, 'part.ndjson'), text.slice(0, length))
        const lines: unknown[] = []
        eachLine(join(root, 'part.ndjson'), line => void lines.push(parseOp(JSON.parse(line))))
        expect(lines).toHaveLength(whole)
      }),
    )
  })
})

describe('names and numbers of a run', () => {
  it('is named after its start, with two random digits', () => {
    expect(newRunId('2026-11-22T10:15:02.123Z', {next: () => 0xa3 / 256})).toBe('1122-101502-a3')
    fc.assert(
      fc.property(
        fc.date({min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true}),
        fc.nat(),
        (date, seed) => {
          expect(isRunId(newRunId(date.toISOString(), seededRandom(seed)))).toBe(true)
        },
      ),
    )
  })

  it('draws the same numbers from the same seed, evenly in [0, 1)', () => {
    const random = seededRandom(7)
    const drawn = Array.from({length: 10_000}, () => random.next())
    // What other implementations of mulberry32 draw first from 42.
    expect(seededRandom(42).next()).toBeCloseTo(0.601_103_751_920_163_6, 12)
    expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...drawn)).toBeLessThan(1)
    expect(drawn.reduce((sum, value) => sum + value, 0) / drawn.length).toBeCloseTo(0.5, 1)
    const again = seededRandom(7)
    expect(Array.from({length: 10_000}, () => again.next())).toEqual(drawn)
  })
})

describe('two runs of one second', () => {
  it('never share a folder: the second draws another name', () => {
    const drawn = ['1122-101502-a3', '1122-101502-a3', '1122-101502-b4']
    const folders = [1, 2].map(() => createRun(root, () => drawn.shift() ?? 'none left'))
    folders.forEach((folder, index) => {
      folder.appendEvent({...event, atMs: index})
      folder.close()
    })
    expect(folders.map(({run}) => run)).toEqual(['1122-101502-a3', '1122-101502-b4'])
    expect(folders.map(({path}) => readFileSync(join(path, 'events.ndjson'), 'utf8').split('\n').length)).toEqual([
      2, 2,
    ])
  })

  it('end with an error where every name is taken', () => {
    createRun(root, () => '1122-101502-a3').close()
    expect(() => createRun(root, () => '1122-101502-a3')).toThrow(
      '1122-101502-a3 cannot be written: it is there already',
    )
  })
})
