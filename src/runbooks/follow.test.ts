// A runbook followed on machines that are none, under virtual time.
import {describe, expect, it} from 'vitest'
import {FakeClock} from '../../test/fakes/fake-clock.ts'
import type {Said} from './expectations.ts'
import {checkChoices, followRunbook, type FollowOptions} from './follow.ts'
import type {Incident} from './incident.ts'
import {parseRunbook} from './parse-runbook.ts'

const fence = '```'
const block = (info: string, text: string, expected: string): string =>
  `${fence}${info}\n${text}\n${fence}\nExpect ${expected}.\n`
const pageOf = (...blocks: readonly string[]): string =>
  [
    ...['---', 'severity: info', 'scenario: x', 'blast: one', 'budget: 5m', 'cases: [stopped, damaged]', '---'],
    '# A title\n## Symptom\n## Check\n## Act',
    ...blocks,
    '## Verify',
  ].join('\n')
const look = block('sh on=any', 'look', '`well`')
const mend = block('sh on=<node> effect=changes', 'mend <node>', '`<node> mended`')

function worldOf(text: string, answers: Readonly<Record<string, readonly (Said | Error)[]>>) {
  const clock = new FakeClock()
  const kept: Incident[] = []
  const carriedOut: string[] = []
  const left = new Map(Object.entries(answers).map(([command, said]) => [command, [...said]]))
  const stop = new AbortController()
  const options: FollowOptions = {
    runbook: parseRunbook('runbooks/a.md', text).runbook,
    incident: '0101-000000-00',
    lab: 'lab',
    cases: [],
    values: {node: 'pg3'},
    clock,
    signal: stop.signal,
    mayChange: async () => Promise.resolve(true),
    keep: incident => kept.push(incident),
    machines: {
      find: async ({on}) => Promise.resolve(on === 'any' ? 'pg1' : on),
      carryOut: async ({text: command}, at) => {
        carriedOut.push(`${at}: ${command}`)
        await clock.wait(1_000)
        const said = left.get(command)?.shift() ?? new Error(`nobody expected ${command}`)
        if (said instanceof Error) throw said
        return said
      },
    },
  }
  const follow = async (more: Partial<FollowOptions> = {}): Promise<Incident> =>
    clock.run(followRunbook({...options, ...more}))
  return {options, follow, kept, carriedOut, stop, clock}
}
const ok = (output: string): Said => ({exitCode: 0, output})
const outcomes = (incident: Incident | undefined) => incident?.steps.map(({outcome, at}) => [outcome, at])

describe('following', () => {
  it('carries out each block, keeps the record after each, and passes', async () => {
    const {follow, kept, carriedOut} = worldOf(pageOf(look, mend), {
      'look': [ok('all well')],
      'mend pg3': [ok('pg3 mended')],
    })
    const incident = await follow()
    expect(carriedOut).toEqual(['pg1: look', 'pg3: mend pg3'])
    expect(incident).toMatchObject({state: 'done', verdict: 'pass', tookMs: 2_000, budgetMs: 300_000})
    expect(incident.steps[1]).toMatchObject({command: 'mend pg3', output: 'pg3 mended', exitCode: 0, tookMs: 1_000})
    expect(kept.map(({state, steps}) => [state, steps.length])).toEqual([
      ['going-on', 0],
      ['going-on', 1],
      ['going-on', 2],
      ['done', 2],
    ])
  })

  it.each<readonly [string, Said | Error, string]>([
    ['says something else', ok('all broken'), 'there is no "well"'],
    ['ends otherwise', {exitCode: 7, output: 'well'}, 'exit 7 instead of 0'],
    ['cannot be carried out', new Error('no such container'), 'no such container'],
  ])('stops at the first block that %s', async (_what, said, why) => {
    const {follow, carriedOut} = worldOf(pageOf(look, mend), {look: [said]})
    const incident = await follow()
    expect(carriedOut).toEqual(['pg1: look'])
    expect(incident).toMatchObject({state: 'stopped', verdict: 'fail'})
    expect(incident.steps[0]?.why).toEqual([why])
  })

  it('leaves out what is for other machines and other cases, and says so', async () => {
    const others = [
      block('sh on=any effect=destroys for=machines', 'a', '`x`'),
      block('sh on=any effect=destroys case=damaged', 'b', '`x`'),
      block('sh on=any case=stopped', 'look', '`well`'),
    ]
    const {follow, carriedOut} = worldOf(pageOf(...others), {look: [ok('well')]})
    const incident = await follow({cases: ['stopped']})
    expect(carriedOut).toEqual(['pg1: look'])
    expect(incident.steps.map(({outcome, why}) => [outcome, ...why])).toEqual([
      ['left-out', 'for machines that hl did not make'],
      ['left-out', 'only in case damaged'],
      ['met'],
    ])
    expect(incident.verdict).toBe('pass')
  })

  it('asks before each change and no look; what was declined makes it unknown', async () => {
    const {follow, carriedOut} = worldOf(pageOf(look, mend), {look: [ok('well')]})
    const asked: string[] = []
    const incident = await follow({mayChange: async ({text}) => Promise.resolve(asked.push(text) === 0)})
    expect([asked, carriedOut]).toEqual([['mend pg3'], ['pg1: look']])
    expect(incident).toMatchObject({state: 'done', verdict: 'unknown'})
    expect(outcomes(incident)).toEqual([
      ['met', 'pg1'],
      ['declined', null],
    ])
  })

  it('looks again until it is as expected, an error in between included', async () => {
    const again = block('sh on=any retry=60s', 'look', '`well`')
    const {follow, carriedOut} = worldOf(pageOf(again), {look: [ok('not yet'), new Error('away'), ok('well')]})
    expect((await follow()).verdict).toBe('pass')
    expect(carriedOut).toHaveLength(3)
  })

  it('gives up when it is not as expected in time, and says what was seen last', async () => {
    const again = block('sh on=any retry=5s', 'look', '`well`')
    const {follow} = worldOf(pageOf(again), {look: Array.from({length: 9}, () => ok('broken'))})
    const incident = await follow()
    expect(incident.verdict).toBe('fail')
    expect(incident.steps[0]?.why).toEqual(['there is no "well"', 'not within 5.00 s'])
  })

  it('that is interrupted names where it stood, and keeps that', async () => {
    const {follow, kept, stop, options} = worldOf(pageOf(look, mend), {look: [ok('well')]})
    const carryOut: FollowOptions['machines']['carryOut'] = async (each, at, given) => {
      if (each.text !== 'look') {
        stop.abort('SIGINT')
        given.signal.throwIfAborted()
      }
      return options.machines.carryOut(each, at, given)
    }
    await expect(follow({machines: {...options.machines, carryOut}})).rejects.toMatchObject({
      code: 'INTERRUPTED',
      message: 'interrupted by SIGINT at runbooks/a.md:17 (Act): it may have been done in part',
    })
    expect(kept.at(-1)).toMatchObject({state: 'interrupted', verdict: 'unknown'})
    expect(outcomes(kept.at(-1))).toEqual([
      ['met', 'pg1'],
      ['interrupted', 'pg3'],
    ])
  })

  it('that is interrupted at a question has not begun the block', async () => {
    const {follow, kept, stop} = worldOf(pageOf(mend), {})
    const mayChange = async (): Promise<boolean> => {
      stop.abort('SIGINT')
      return Promise.reject(new Error('SIGINT'))
    }
    await expect(follow({mayChange})).rejects.toMatchObject({code: 'INTERRUPTED'})
    expect(kept.at(-1)?.steps.map(({outcome, why}) => [outcome, ...why])).toEqual([['interrupted', 'not begun']])
  })

  it('of nothing is unknown', async () => {
    const {follow} = worldOf(pageOf(), {})
    expect(await follow()).toMatchObject({state: 'done', verdict: 'unknown'})
  })
})

describe('choices', () => {
  const {runbook} = parseRunbook('a.md', pageOf(look, mend))
  it('that are whole are taken', () =>
    expect(() => checkChoices(runbook, {cases: ['damaged'], values: {node: 'pg1'}})).not.toThrow())
  it.each([
    [{cases: ['gone'], values: {node: 'pg1'}}, 'has no case gone'],
    [{cases: [], values: {}}, 'does not know what node is'],
    [{cases: [], values: {node: 'pg1; rm -rf /'}}, 'cannot stand for <node>'],
  ])('%j are refused: %s', (choices, message) =>
    expect(() => checkChoices(runbook, choices)).toThrow(
      expect.objectContaining({code: 'USAGE', message: expect.stringContaining(message)}),
    ),
  )
})
