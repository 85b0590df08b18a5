import {expect, it} from 'vitest'
import {logLines} from './collect-logs.ts'

it('lines of a log have their time apart', () =>
  expect(logLines('2026-11-30T07:04:29.108000000Z LOG:  ready\n2026-11-30T07:04:29.2Z\nno time\n\n')).toEqual([
    {at: '2026-11-30T07:04:29.108000000Z', text: 'LOG:  ready'},
    {at: '2026-11-30T07:04:29.2Z', text: ''},
    {at: null, text: 'no time'},
  ]))
