import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {readInfo} from './info-string.ts'

describe('what a block says of itself', () => {
  it('is read, with what it does not say by default', () => {
    expect(readInfo('sh', '')).toEqual({
      info: {
        language: 'sh',
        on: 'host',
        effect: 'reads',
        audience: 'everybody',
        inCase: null,
        exitCode: 0,
        retryMs: null,
        timeoutMs: 120_000,
      },
      problems: [],
    })
    expect(readInfo('sql', '').info.on).toBe('primary')
    expect(readInfo('sh', 'on=<node> effect=destroys for=lab case=damaged exit=3 timeout=5m').info).toEqual({
      language: 'sh',
      on: '<node>',
      effect: 'destroys',
      audience: 'lab',
      inCase: 'damaged',
      exitCode: 3,
      retryMs: null,
      timeoutMs: 300_000,
    })
  })

  it.each([
    ['sh', 'effect=breaks', 'effect takes reads or changes or destroys, not breaks'],
    ['sh', 'on=', '"on=" is none of on='],
    ['sh', 'on=<Node>', 'on takes host, any'],
    ['sh', 'constructor=x', '"constructor=x" is none of on='],
    ['sh', 'exit=1000', 'exit takes an exit code'],
    ['sh', 'exit=1 exit=2', 'exit is said twice'],
    ['sh', 'retry=0s', 'retry takes a duration'],
    ['sh', 'effect=changes retry=60s', 'what changes something is not repeated'],
    ['sql', 'on=host', 'SQL is for a node'],
  ] as const)('%s %s: %s', (language, meta, problem) =>
    expect(readInfo(language, meta).problems.join('; ')).toContain(problem),
  )

  it('has a problem for each word that it does not know, and never throws', () =>
    fc.assert(
      fc.property(
        fc.array(fc.string({minLength: 1}).filter(word => !/\s/.test(word) && !/^[a-z]+=/.test(word))),
        words => {
          const said = new Set(words)
          expect(readInfo('sh', [...said].join(' ')).problems).toHaveLength(said.size)
        },
      ),
    ))
})
