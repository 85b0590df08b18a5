import {PassThrough} from 'node:stream'
import {describe, expect, it} from 'vitest'
import type {RunEvent} from '../../src/model/run-event.ts'
import {plainTheme} from '../../src/report/theme.ts'
import {crashEvents, neverRecoveredEvents} from '../../test/golden/fixture-events.ts'
import {chooseView, type ViewChoice} from './choose-view.ts'
import {confirmByName, type Terminal} from './ask.ts'
import {lineOf, noLines, type Line} from './line-view.ts'
import {liveView} from './live-view.ts'
import {elapsedText, waitingLines} from './waiting-lines.ts'
import {noWatch, watch, type WatchState} from './watch-state.ts'
import {tableLines} from './table.ts'
import {ansiTheme, chooseTheme, colourWanted, type ColourChoice} from './theme.ts'

const terminal: ViewChoice = {tty: true, ci: false, dumb: false, json: false, quiet: false, verbose: false}

describe('the view', () => {
  it.each<[Partial<ViewChoice>, string]>([
    [{}, 'live'],
    [{tty: false}, 'line'],
    [{ci: true}, 'line'],
    [{dumb: true}, 'line'],
    [{verbose: true}, 'line'],
    [{json: true}, 'silent'],
    [{quiet: true}, 'silent'],
    [{json: true, verbose: true}, 'line'],
    [{quiet: true, verbose: true}, 'silent'],
  ])('for %j is %s', (choice, kind) => expect(chooseView({...terminal, ...choice})).toBe(kind))
})

describe('colour', () => {
  const colour: ColourChoice = {isTTY: true, noColorFlag: false, NO_COLOR: undefined, TERM: 'xterm'}
  it.each<[Partial<ColourChoice>, boolean]>([
    [{}, true],
    [{isTTY: false}, false],
    [{noColorFlag: true}, false],
    [{NO_COLOR: '1'}, false],
    [{NO_COLOR: ''}, true],
    [{TERM: 'dumb'}, false],
  ])('with %j is %s', (choice, wanted) => {
    expect(colourWanted({...colour, ...choice})).toBe(wanted)
    expect(chooseTheme({...colour, ...choice})).toBe(wanted ? ansiTheme : plainTheme)
  })
})

it('aligns a table by width, not by what the colour adds', () => {
  const rows = [
    [{text: '日本', paint: ansiTheme.ok}, '1'],
    ['a', '100'],
  ]
  expect(tableLines([{name: 'N'}, {name: 'VALUE', align: 'right'}], rows, plainTheme.dim)).toEqual([
    'N     VALUE',
    '\u001b[32m日本\u001b[39m      1',
    'a       100',
  ])
})

describe('lines', () => {
  const window = (second: number, ok: number): RunEvent => ({
    kind: 'load.window',
    atMs: second * 1_000,
    fromMs: second * 1_000,
    ok,
    failed: 100 - ok,
    unknown: 0,
    readsOk: 0,
    p99Ms: null,
  })
  const printed = (events: readonly RunEvent[]): readonly Line[] => {
    let state = noLines
    return events.flatMap(event => {
      const next = lineOf(event, state)
      state = next.state
      return next.line === null ? [] : [next.line]
    })
  }

  it('tell the load every five seconds and at once when it changes', () => {
    const load = Array.from({length: 20}, (_, second) => window(second, second === 7 || second === 8 ? 0 : 100))
    expect(printed(load).map(line => [line.atMs / 1_000, line.status])).toEqual([
      [0, 'ok'],
      [5, 'ok'],
      [7, 'warn'],
      [9, 'ok'],
      [14, 'ok'],
      [19, 'ok'],
    ])
  })

  it('leave out no event of the story', () => {
    const story = crashEvents.filter(event => event.kind !== 'load.window' && event.kind !== 'cluster.observed')
    expect(printed(story)).toHaveLength(story.length)
  })

  it('tell each step of a drill once when it begins and once when it ends', () => {
    const steps = printed(drillEvents(true)).filter(({subject}) => subject === 'step')
    expect(steps.map(({status, facts}) => [status, facts[0]?.[1]])).toEqual([
      ['start', 'hold 3.00 s (baseline)'],
      ['ok', 'hold 3.00 s (baseline)'],
      ['start', 'full backup under load'],
      ['ok', 'full backup under load'],
      ['start', 'DROP TABLE'],
      ['ok', 'DROP TABLE'],
      ['start', 'restore into a new lab'],
      ['fail', 'restore into a new lab'],
    ])
  })
})

/** A drill as the runner tells it: its steps are numbered from 0, as in its scenario. */
function drillEvents(failing: boolean): readonly RunEvent[] {
  const steps = ['hold 3.00 s (baseline)', 'full backup under load', 'DROP TABLE', 'restore into a new lab']
  const started: RunEvent = {
    kind: 'run.started',
    atMs: 0,
    run: '1122-101502-a3',
    scenario: 'dropped-table',
    seed: 7,
    trial: 1,
    trials: 1,
    steps,
    startedAt: '2026-11-22T10:15:02.000Z',
  }
  const walked = steps.flatMap((label, step): readonly RunEvent[] => {
    const atMs = (step + 1) * 1_000
    const end: RunEvent =
      failing && step === 3
        ? {kind: 'step.failed', atMs: atMs + 500, step, label, code: 'RESTORE_FAILED', message: 'a segment is missing'}
        : {kind: 'step.done', atMs: atMs + 500, step, label, detail: `end of step ${step}`}
    return [{kind: 'step.started', atMs, step, label, withinMs: 60_000}, end]
  })
  return [
    started,
    ...walked,
    {kind: 'recovery.phase', atMs: 4_400, phase: 'fetch', fromMs: 4_100},
    {kind: 'run.done', atMs: 5_000, verdict: failing ? 'fail' : 'pass'},
  ]
}

/** A stream that looks like a terminal and keeps what was written. */
function fakeTerminal(): {readonly stream: NodeJS.WriteStream; text(): string} {
  let text = ''
  const stream = Object.assign(new PassThrough(), {isTTY: true, columns: 100, rows: 40})
  stream.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  return {stream: stream as unknown as NodeJS.WriteStream, text: () => text}
}

describe('the live view', () => {
  async function show(events: readonly RunEvent[]): Promise<string> {
    const fake = fakeTerminal()
    const view = liveView({stderr: fake.stream, theme: plainTheme})
    for (const event of events) {
      view.onEvent(event)
      // Lets listr2 begin the next task, as real time between events does.
      await new Promise(setImmediate)
    }
    await view.close()
    return fake.text()
  }

  it('shows each step with its end and leaves stdout alone', async () => {
    const before = {isTTY: process.stdout.isTTY, signals: process.listenerCount('SIGTERM')}
    const written: unknown[] = []
    const write = process.stdout.write.bind(process.stdout)
    process.stdout.write = (chunk: unknown) => written.push(chunk) > 0
    try {
      const text = await show(crashEvents)
      expect(text).toContain('await writable within 30.00 s  pg2 accepts writes, timeline 5')
      expect(text).toContain('all standbys stream, sync set complete')
    } finally {
      process.stdout.write = write
    }
    expect(written).toEqual([])
    expect(process.stdout.isTTY).toBe(before.isTTY)
  })

  it('ends when a step failed and the rest never ran', async () => {
    const text = await show(neverRecoveredEvents)
    expect(text).toContain('no node accepted writes within 30.00 s')
    expect(text).toContain('not run')
  })

  it('ends each step of a drill with its own end, the first and the last too', async () => {
    const text = await show(drillEvents(false))
    expect(text).not.toContain('not run')
    for (const [step, label] of ['hold 3.00 s (baseline)', 'full backup under load', 'DROP TABLE'].entries())
      expect(text).toContain(`${label}  end of step ${step}`)
    expect(text).toContain('restore into a new lab  end of step 3')
  })

  it('names the step of a drill that failed, and none that went well', async () => {
    const text = await show(drillEvents(true))
    expect(text).toContain('DROP TABLE  end of step 2')
    expect(text).toMatch(/restore into a new lab[^]*a segment is missing \(RESTORE_FAILED\)/)
    expect(text).not.toContain('not run')
  })

  it('keeps lease, sync set, lag, the time that is left and what became of all writes over steps', async () => {
    const members = [
      {name: 'pg1', role: 'primary', lagBytes: null},
      {name: 'pg2', role: 'sync standby', lagBytes: 0},
      {name: 'pg3', role: 'standby', lagBytes: 98_304},
    ] as const
    const window = (atMs: number): RunEvent => ({
      kind: 'load.window',
      atMs,
      fromMs: atMs - 1_000,
      ok: 200,
      failed: 2,
      unknown: 1,
      readsOk: 0,
      p99Ms: 1,
    })
    const [started] = drillEvents(false)
    const state = [
      started as RunEvent,
      {kind: 'step.started', atMs: 0, step: 0, label: 'a', withinMs: 9_000} as const,
      window(1_000),
      {kind: 'step.done', atMs: 1_500, step: 0, label: 'a', detail: ''} as const,
      {kind: 'step.started', atMs: 2_000, step: 1, label: 'b', withinMs: 30_000} as const,
      window(3_000),
      {kind: 'cluster.observed', atMs: 10_000, leaseOwner: 'pg1', leaseExpiresInMs: 1_600, members} as const,
    ].reduce<WatchState>(watch, noWatch)
    expect(elapsedText(state)).toBe('8.00 s, at most 22.00 s left')
    expect(waitingLines(state, plainTheme, 90)).toEqual([
      'lease   held by pg1, expires in 1.60 s',
      'sync    pg2           candidates  pg2 +0 B, pg3 +96 kB',
      expect.stringMatching(/^writes {2}\S+ {2}400 ok, 4 refused, 2 unknown$/),
    ])
  })

  it('with a person who is asked draws one step after the other, and rests between', async () => {
    const fake = fakeTerminal()
    const view = liveView({stderr: fake.stream, theme: plainTheme, stepByStep: true})
    const asked: string[] = []
    for (const event of drillEvents(false)) {
      if (event.kind === 'step.started') {
        await view.rest()
        // What was drawn before stands, and nothing of the next step is there.
        asked.push(fake.text().includes(event.label) ? `too early: ${event.label}` : event.label)
        fake.stream.write(`next: step ${event.step}\n`)
      }
      view.onEvent(event)
      await new Promise(setImmediate)
    }
    await view.close()
    expect(asked).toHaveLength(4)
    expect(asked.filter(text => text.startsWith('too early'))).toEqual([])
    expect(fake.text()).toMatch(/end of step 0[^]*next: step 1\n[^]*end of step 1/)
  })

  it('shows after Ctrl-C what is healed', async () => {
    const upTo = crashEvents.findIndex(event => event.kind === 'fault.verified') + 1
    const text = await show([
      ...crashEvents.slice(0, upTo),
      {kind: 'run.interrupted', atMs: 20_000, signal: 'SIGINT'},
      {kind: 'heal.commanded', atMs: 20_100, fault: 'crash'},
      {kind: 'heal.verified', atMs: 21_000, fault: 'crash', evidence: 'the container of pg1 runs'},
    ])
    expect(text).toMatch(/\+20\.1s[^\n]*heal[^\n]*\n\+21\.0s[^\n]*the container of pg1 runs/)
  })

  it('ends when it is closed in the middle, and before any event', async () => {
    expect(await show(crashEvents.slice(0, 40))).toContain('primary-crash')
    expect(await show([])).toBe('')
  })
})

describe('the confirmation', () => {
  const asked = {lab: 'lab', destroys: 'This removes all data of lab', given: undefined, mayAsk: true}
  const terminals = (typed: string | null): Terminal => {
    const input = new PassThrough()
    if (typed === null) input.end()
    else input.write(typed)
    return {input, output: new PassThrough()}
  }

  it('takes the name by hand or by flag', async () => {
    await expect(confirmByName(asked, terminals('lab\n'))).resolves.toBeUndefined()
    await expect(confirmByName({...asked, given: 'lab'}, terminals(null))).resolves.toBeUndefined()
  })

  it.each([
    ['another name typed', asked, terminals('labb\n')],
    ['another name by flag', {...asked, given: 'other'}, terminals('lab\n')],
    ['--no-input, or no terminal', {...asked, mayAsk: false}, terminals('lab\n')],
    ['the end of input', asked, terminals(null)],
  ])('refuses on %s', async (_name, confirmation, streams) => {
    await expect(confirmByName(confirmation, streams)).rejects.toMatchObject({code: 'CONFIRMATION_MISSING'})
  })

  it('names a flag that shows it only where the command has it', async () => {
    const next = async (own: {readonly hasDryRun?: boolean}): Promise<unknown> =>
      confirmByName({...asked, ...own, mayAsk: false}, terminals(null)).catch((error: unknown) => error)
    expect(await next({})).toMatchObject({next: ['--confirm lab does it without a question']})
    expect(await next({hasDryRun: true})).toMatchObject({
      next: [expect.stringContaining('--dry-run') as string],
    })
  })
})
