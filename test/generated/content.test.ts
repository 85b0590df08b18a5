import {describe, expect, it} from 'vitest'
import {carriedOn, differences, lockedIn, parseContent} from './content.ts'

const was = parseContent(`SET
table h1.t1|3 aa bb
table h1.t2|locked
sequence h1.q|5 28 t
not a line | of it`)

describe('content', () => {
  it('is read line by line, and what is locked keeps its value', () => {
    expect([...was]).toEqual([
      ['table h1.t1', '3 aa bb'],
      ['table h1.t2', 'locked'],
      ['sequence h1.q', '5 28 t'],
    ])
    expect(lockedIn(was)).toEqual(['table h1.t2'])
    expect(carriedOn(was, new Map([['table h1.t2', '9 cc dd']])).get('table h1.t2')).toBe('9 cc dd')
  })

  const content = carriedOn(was, new Map([['table h1.t2', '9 cc dd']]))
  const expected = {content, locked: ['table h1.t2'], upTo: new Map([['sequence h1.q', '40 25 t']])}
  it.each([
    ['nothing', {}, []],
    ['a row', {'table h1.t1': '2 ee bb'}, ['table h1.t1 is 2 ee bb, not 3 aa bb']],
    ['the shape', {'table h1.t1': '3 aa cc'}, ['table h1.t1 is 3 aa cc, not 3 aa bb']],
    ['a lock that was there', {'table h1.t2': 'locked'}, []],
    ['a lock that was not', {'table h1.t1': 'locked'}, ['table h1.t1 is locked']],
    ['a table too many', {'table h1.t3': '0 - bb'}, ['table h1.t3 is too many: 0 - bb']],
    ['a sequence as the WAL has it', {'sequence h1.q': '33 0 t'}, []],
    ['a sequence on its way', {'sequence h1.q': '65 0 t'}, []],
    ['a sequence that lags', {'sequence h1.q': '32 0 t'}, ['sequence h1.q is at 32, not from 33 to 65']],
    ['a sequence of the future', {'sequence h1.q': '66 0 t'}, ['sequence h1.q is at 66, not from 33 to 65']],
  ])('differs by %s', (_what, changed, found) => {
    const seen = new Map([...content, ['sequence h1.q', '33 0 t'], ...Object.entries(changed)] as const)
    expect(differences(expected, seen)).toEqual(found)
  })

  it('differs by what is missing', () => {
    expect(differences(expected, new Map([['sequence h1.q', '33 0 t']]))).toEqual([
      'table h1.t1 is missing',
      'table h1.t2 is missing',
    ])
  })
})
