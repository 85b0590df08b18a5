import {describe, expect, it} from 'vitest'
import {transactionWords} from './own-words.ts'

describe('a statement', () => {
  it.each([
    ['BEGIN', 'BEGIN'],
    ['commit and chain', 'COMMIT'],
    [' ; -- now\n END', 'END'],
    ['/* a /* b */ c */ ABORT', 'ABORT'],
    ['ROLLBACK', 'ROLLBACK'],
    ["ROLLBACK PREPARED 'x'", 'ROLLBACK'],
    ['rollback work', 'ROLLBACK'],
    ['start\n transaction', 'START TRANSACTION'],
    ["PREPARE TRANSACTION 'x'", 'PREPARE TRANSACTION'],
    ['ROLLBACK TO one', null],
    ['ROLLBACK WORK TO SAVEPOINT one', null],
    ['SAVEPOINT one', null],
    ['PREPARE p AS SELECT 1', null],
    ['SELECT 1', null],
    ['/* COMMIT', null],
    ['endless()', null],
    ['', null],
  ])('%s: %s', (text, found) => expect(transactionWords(text)).toBe(found))
})
