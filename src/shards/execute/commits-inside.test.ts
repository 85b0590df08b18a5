import {expect, it} from 'vitest'
import {loadSql} from '../routing/load-sql.ts'
import {commitsInside} from './commits-inside.ts'

const sql = await loadSql()
if (sql === null) throw new Error('libpg-query and pgsql-deparser are needed')

it.each([
  ['INSERT INTO t VALUES (1)', false],
  ['INSERT INTO t VALUES (1); UPDATE t SET n = 2', false],
  ['SELECT f()', false],
  ['CALL settle_all(1)', true],
  ['DO $$ BEGIN COMMIT; END $$', true],
  ['INSERT INTO t VALUES (1); COMMIT; INSERT INTO t VALUES (2)', true],
  ['INSRT', true],
])('%s may have committed a part of its work: %s', (text, may) => expect(commitsInside(text, sql)).toBe(may))
