import {expect, test} from 'vitest'
import {withoutStamps} from './read-logs.ts'

test('only the stamp before a line goes', () => {
  const log =
    "2026-11-24T19:25:54.779Z 2026-11-24 19:25:54.770 UTC [44] hl_migrations@hl LOG:  statement: UPDATE t SET at = '2026-11-24T19:25:54.779Z '\n2026-11-24T19:25:55Z \tWHERE true\n"
  expect(withoutStamps(log)).toBe(
    "2026-11-24 19:25:54.770 UTC [44] hl_migrations@hl LOG:  statement: UPDATE t SET at = '2026-11-24T19:25:54.779Z '\n\tWHERE true\n",
  )
})
