import {describe, expect, it} from 'vitest'
import {relationOfPath} from './relation-name.ts'

describe('the name of a file', () => {
  it.each([
    ['base/16384/16393', '1663/16384/16393'],
    ['global/1262', '1664/0/1262'],
    ['pg_tblspc/16385/PG_17_202406281/16384/16398', '16385/16384/16398'],
    ['base/16384', null],
    ['base/16384/t3_16393', null],
    ['', null],
  ])('%s is %s', (path, relation) => expect(relationOfPath(path)).toBe(relation))
})
