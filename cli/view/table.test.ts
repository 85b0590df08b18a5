import {expect, it} from 'vitest'
import {displayWidth} from '../../src/report/printable.ts'
import {tableLines} from './table.ts'

const plain = (text: string): string => text
const columns = [{name: 'SCENARIO'}, {name: 'SEED', align: 'right'}, {name: 'WHAT HAPPENS'}] as const
const words =
  'the primary is killed while clients write, and a standby takes over without losing a write that was acknowledged'
const rows = [
  ['primary-crash', '7', words],
  ['x', '12', 'nothing'],
]

it.each([80, 100])('at %d columns the last column is wrapped by words, and stays a column', width => {
  const lines = tableLines(columns, rows, plain, width).join('\n').split('\n')
  expect(lines.every(line => displayWidth(line) <= width)).toBe(true)
  const texts = lines.slice(1, -1).map(line => line.slice(21))
  expect(texts.length).toBeGreaterThan(1)
  expect(texts.join(' ')).toBe(words)
  expect(lines.slice(2, -1).every(line => line.startsWith(' '.repeat(21)))).toBe(true)
})

it('without a terminal every row is one line', () =>
  expect(tableLines(columns, rows, plain)).toEqual([
    'SCENARIO       SEED  WHAT HAPPENS',
    `primary-crash     7  ${words}`,
    'x                12  nothing',
  ]))
