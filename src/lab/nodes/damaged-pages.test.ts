import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {parseDamage} from './damaged-pages.ts'

describe('what a base backup says of damaged pages', () => {
  test('is nothing where it says nothing of them', () => {
    expect(parseDamage('')).toEqual({pages: [], count: 0})
    expect(parseDamage('pg_basebackup: error: could not connect to server')).toEqual({pages: [], count: 0})
  })

  test('names file and block, as PostgreSQL 17 prints it', () => {
    const said = [
      'WARNING:  checksum verification failed in file "./base/16384/16412", block 3: calculated 4B97 but expected 4B3D',
      'WARNING:  file "./base/16384/16412" has a total of 1 checksum verification failure',
      'pg_basebackup: error: checksum error occurred',
    ].join('\n')
    expect(parseDamage(said)).toEqual({pages: [{file: 'base/16384/16412', block: 3}], count: 1})
  })

  test('counts those that are not named', () => {
    const one = (block: number): string =>
      `WARNING:  checksum verification failed in file "./base/5/1", block ${block}: calculated 1 but expected 2`
    const said = [
      one(1),
      one(2),
      one(3),
      one(4),
      one(5),
      'WARNING:  further checksum verification failures in file "./base/5/1" will not be reported',
      'WARNING:  92 total checksum verification failures',
    ].join('\n')
    expect(parseDamage(said)).toMatchObject({count: 92, pages: {length: 5}})
  })

  test('never counts fewer than it names', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000), {maxLength: 20}), blocks => {
        const {pages, count} = parseDamage(
          blocks
            .map(
              block =>
                `WARNING:  checksum verification failed in file "./base/5/1", block ${block}: calculated 1 but expected 2`,
            )
            .join('\n'),
        )
        expect(pages.map(({block}) => block)).toEqual(blocks)
        expect(count).toBe(blocks.length)
      }),
    )
  })
})
