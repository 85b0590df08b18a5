import {expect, it} from 'vitest'
import {movePhases} from './move-states.ts'
import {stepsAhead, waysOut, waysOutText} from './steps-ahead.ts'

it.each([
  ['copied', 'resume it, or abort it'],
  ['fenced', 'resume it, or abort it'],
  ['switched', 'resume it, or roll it back'],
  ['settled', 'roll it back, or finish it'],
  ['closing', 'resume it'],
  ['returning', 'resume it, or finish it'],
  ['fenced-back', 'resume it, or finish it'],
  ['switched-back', 'resume it'],
  ['undoing', 'resume it'],
] as const)('out of %s: %s', (phase, text) => expect(waysOutText(phase)).toBe(text))

it.each(movePhases)('each way out of %s comes to an end', phase => {
  for (const way of waysOut(phase)) if (way !== 'resume') expect(stepsAhead(phase, way).at(-1)?.then).toBe('gone')
})
