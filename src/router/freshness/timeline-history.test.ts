// Patroni's history document, and what it says of a token. The same over random histories: decide-freshness.test.ts.
import {describe, expect, it} from 'vitest'
import {causalityOf, parseTimelineHistory} from './timeline-history.ts'

describe('GET /history', () => {
  it('as Patroni writes it', () => {
    const document: unknown = JSON.parse(
      '[[1, 25623960, "no recovery target specified", "2019-09-23T16:57:57+02:00", "pg2"], [2, 25624344, "no recovery target specified"]]',
    )
    expect(parseTimelineHistory(document)).toEqual([
      {timeline: 1, switchedAt: 25_623_960},
      {timeline: 2, switchedAt: 25_624_344},
    ])
  })
  it('of the first timeline', () => expect(parseTimelineHistory([])).toEqual([]))
  it('without its oldest lines, with a number left out, with two forks at one point', () => {
    expect(
      parseTimelineHistory([
        [4, 10, ''],
        [6, 10, ''],
      ]),
    ).toEqual([
      {timeline: 4, switchedAt: 10},
      {timeline: 6, switchedAt: 10},
    ])
  })

  it.each<readonly [unknown]>([
    [null],
    [{}],
    ['[]'],
    [[1]],
    [[[]]],
    [[[1]]],
    [[[1, 5]]],
    [[['1', 5, '']]],
    [[[1, '0/5', '']]],
    [[[0, 5, '']]],
    [[[1.5, 5, '']]],
    [[[2 ** 32, 5, '']]],
    [[[1, -1, '']]],
    [[[1, 2 ** 53, '']]],
    [[[1, 0.5, '']]],
    [[[1, 5, null]]],
    [
      [
        [1, 5, ''],
        [1, 6, ''],
      ],
    ],
    [
      [
        [2, 5, ''],
        [1, 6, ''],
      ],
    ],
    [
      [
        [1, 5, ''],
        [2, 4, ''],
      ],
    ],
    [[[1, 5, ''], null]],
  ])('is not %j', document => expect(parseTimelineHistory(document)).toBeNull())
})

describe('causalityOf', () => {
  const history = [
    {timeline: 2, switchedAt: 200},
    {timeline: 4, switchedAt: 400},
  ]
  it.each<readonly [string, number, number, number, string]>([
    ['on the present timeline', 5, 900, 5, 'kept'],
    ['on a timeline newer than the present one', 6, 1, 5, 'unknown'],
    ['up to the fork', 4, 400, 5, 'kept'],
    ['past the fork', 4, 401, 5, 'lost'],
    ['up to an older fork', 2, 200, 5, 'kept'],
    ['past an older fork', 2, 201, 5, 'lost'],
    ['on a timeline that is no ancestor, past all that it may share', 3, 201, 5, 'lost'],
    ['on a timeline that is no ancestor, where it may share', 3, 200, 5, 'unknown'],
    ['before the history begins', 1, 1, 5, 'unknown'],
    ['with a history that may be of a timeline before', 2, 200, 6, 'unknown'],
    ['on the present timeline, whatever the history', 9, 1, 9, 'kept'],
  ])('%s', (_what, timeline, position, present, expected) =>
    expect(causalityOf({timeline, position}, history, present)).toBe(expected),
  )
  it('without a history', () => expect(causalityOf({timeline: 1, position: 1}, [], 2)).toBe('unknown'))
})
