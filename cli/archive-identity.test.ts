import {writeFileSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, describe, expect, it} from 'vitest'
import {temporaryFolder} from '../test/temporary-folder.ts'
import {identityFrom} from './archive-identity.ts'

const folder = temporaryFolder('identity', afterAll)
const fileWith = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const usage = (text: string): Error =>
  expect.objectContaining({code: 'USAGE', message: expect.stringContaining(text) as string}) as Error

describe('the identity that a person kept', () => {
  it('is none where no file is given', () => expect(identityFrom(undefined)).toBeUndefined())
  it('is taken as it was printed, comments included', () => {
    const text = '# created: 2026\n# public key: age1abc\nAGE-SECRET-KEY-1X\n'
    expect(identityFrom(fileWith('good', text))).toBe(text)
  })
  it('is refused where the file is not there', () =>
    expect(() => identityFrom(join(folder, 'gone'))).toThrow(usage('cannot be read')))
  it('is refused where it cannot be read as a file', () =>
    expect(() => identityFrom(folder)).toThrow(usage('cannot be read')))
  it.each([
    ['empty', ''],
    ['the public half', 'age1abc\n'],
    ['only mentioned', '# AGE-SECRET-KEY-1X\n'],
  ])('is refused where what is in it is %s', (name, text) =>
    expect(() => identityFrom(fileWith(name, text))).toThrow(usage('no identity')),
  )
})
