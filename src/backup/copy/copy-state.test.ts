import fc from 'fast-check'
import {expect, test} from 'vitest'
import {parseCopyState} from './copy-state.ts'

const states = fc.record({chain: fc.array(fc.string(), {minLength: 1}), timeline: fc.integer({min: 1}), mode: fc.constantFrom('follow' as const, 'paused' as const, 'ended' as const), delayMs: fc.nat(), target: fc.string()})

test('what is stored is read as it was', () => {
  fc.assert(fc.property(states, state => { expect(parseCopyState(JSON.stringify(state))).toEqual(state) }))
})

test('anything else is refused with a way out', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), states.map(state => JSON.stringify({...state, mode: 'promoted'})), states.map(state => JSON.stringify({...state, chain: []}))), text => {
    expect(() => parseCopyState(text)).toThrow(expect.objectContaining({code: 'BACKUP_INVALID', next: [expect.stringContaining('hl copy drop')]}))
  }))
})
