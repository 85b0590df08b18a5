import {describe, expect, it} from 'vitest'
import {requireEncrypted} from './require-encrypted.ts'

describe('a flag that opens', () => {
  it.each(['--identity', '--decrypt'] as const)('as %s is refused of a plain archive', flag =>
    expect(() => requireEncrypted({lab: 'shop', encrypted: false}, flag)).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: expect.stringContaining(`so ${flag} has nothing to open`) as string,
      }) as Error,
    ),
  )
  it('is taken of an encrypted one', () =>
    expect(() => requireEncrypted({lab: 'shop', encrypted: true}, '--identity')).not.toThrow())
})
