import {expect, it} from 'vitest'
import {asVerifier, toDatabase, verifierPsql} from './verifier-session.ts'

it.each([
  ['hl', "dbname='hl'"],
  ['host=elsewhere', "dbname='host=elsewhere'"],
  ["it's", String.raw`dbname='it\'s'`],
  [String.raw`back\slash`, String.raw`dbname='back\\slash'`],
])('a database %s is a name and no connection string', (name, words) => expect(toDatabase(name)).toBe(words))

it('a setting with a space in it is one setting', () => {
  const [, options] = asVerifier('psql')
  expect(options).toContain(String.raw`-c default_transaction_isolation=read\ committed -c`)
})

it('each statement is one of its own', () =>
  expect(verifierPsql('hl', 'BEGIN', 'ROLLBACK').slice(-4)).toEqual(['-c', 'BEGIN', '-c', 'ROLLBACK']))
