import {describe, expect, it} from 'vitest'
import {mayCommitInside} from './may-commit-inside.ts'

describe('a part may stay committed', () => {
  it.each([
    ['SELECT 1', false],
    ['SELECT 1;', false],
    ['', false],
    [';;', false],
    ["INSERT INTO t VALUES ('a; b')", false],
    ['INSERT INTO t VALUES (1) -- ; COMMIT', false],
    ['INSERT INTO t VALUES (1); COMMIT', true],
    ['; SELECT 1', true],
    ['BEGIN; INSERT INTO t VALUES (1); COMMIT; SELECT 1/0', true],
    ['CALL p()', true],
    ['/* why */ call p()', true],
    ['DO $$ BEGIN COMMIT; END $$', true],
    ['VACUUM t', true],
    ['REINDEX DATABASE d', true],
    ['CREATE INDEX CONCURRENTLY i ON t (a)', true],
    ['ALTER TABLE t DETACH PARTITION p CONCURRENTLY', true],
    ['CREATE INDEX i ON t (a)', false],
    ["SELECT 'an open quote", true],
  ])('%s', (text, expected) => expect(mayCommitInside(text)).toBe(expected))
})
