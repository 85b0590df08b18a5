import {expect, test} from 'vitest'
import {faultSpec} from './fault-spec.ts'

const kinds = ['kill-container', 'partition'] as const

test('a selector and a name become a target', () => {
  const words = {kind: 'kill-container', from: [], direction: 'both'} as const
  expect(faultSpec({...words, node: 'primary'}, kinds)).toEqual({kind: 'kill-container', target: {select: 'primary'}})
  expect(faultSpec({...words, node: 'pg2'}, kinds)).toEqual({
    kind: 'kill-container',
    target: {select: 'named', name: 'pg2'},
  })
})

test('a partition says from whom', () => {
  expect(faultSpec({kind: 'partition', node: 'pg1', from: ['dcs'], direction: 'in'}, kinds)).toEqual({
    kind: 'partition',
    target: {select: 'named', name: 'pg1'},
    from: ['dcs'],
    direction: 'in',
  })
  expect(() => faultSpec({kind: 'partition', node: 'pg1', from: [], direction: 'both'}, kinds)).toThrow('from whom')
})

test('only a partition has sides', () => {
  expect(() => faultSpec({kind: 'kill-container', node: 'pg1', from: ['dcs'], direction: 'both'}, kinds)).toThrow(
    'not about kill-container',
  )
})

test('an unknown fault names the nearest', () => {
  expect(() => faultSpec({kind: 'partitoin', node: 'pg1', from: [], direction: 'both'}, kinds)).toThrow(
    expect.objectContaining({code: 'FAULT_UNKNOWN', next: expect.arrayContaining(['did you mean partition'])}),
  )
})

test('a node that is neither a name nor a selector is refused, with the nearest', () => {
  const words = {kind: 'kill-container', node: 'primry', from: [], direction: 'both'} as const
  expect(() => faultSpec(words, kinds)).toThrow(
    expect.objectContaining({code: 'NODE_UNKNOWN', next: expect.arrayContaining(['did you mean primary'])}),
  )
})
