import {describe, expect, it} from 'vitest'
import {faultOf} from './fault-words.ts'

describe('a fault in the words of a test', () => {
  it.each([
    ['kill-container', {target: 'primary'}, {kind: 'kill-container', target: {select: 'primary'}}],
    ['pause-container', {target: 'pg2'}, {kind: 'pause-container', target: {select: 'named', name: 'pg2'}}],
    [
      'partition',
      {target: 'primary', from: ['dcs'], direction: 'out'},
      {kind: 'partition', target: {select: 'primary'}, from: ['dcs'], direction: 'out'},
    ],
  ] as const)('%s of %j', (kind, options, spec) => expect(faultOf(kind, options)).toEqual(spec))

  it.each([
    ['kill-everything', {target: 'primary'}, 'FAULT_UNKNOWN'],
    ['partition', {target: 'primary'}, 'CONFIG_INVALID'],
    ['kill-postgres', {target: 'primary', from: ['dcs']}, 'CONFIG_INVALID'],
  ] as const)('%s of %j is refused', (kind, options, code) =>
    expect(() => faultOf(kind, options)).toThrow(expect.objectContaining({code})),
  )
})
