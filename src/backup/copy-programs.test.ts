import {describe, expect, it} from 'vitest'
import type {Cluster} from '../model/ports.ts'
import {dump} from './copy-programs.ts'

async function scriptOf(hasLargeObjects: boolean): Promise<string> {
  const ran: string[] = []
  const cluster = {
    exec: async (_service: string, argv: readonly string[]) => {
      ran.push(argv.join(' '))
      return Promise.resolve({exitCode: 0, stdout: '', stderr: ''})
    },
  } as unknown as Cluster
  await dump(cluster, 'pg2', '/archive/7/backups/.draft-a', {hasLargeObjects})
  return ran.join('\n')
}

describe('the dump of a logical backup', () => {
  it('reads large objects by the setting that its role may give itself, and asks for it only then', async () => {
    expect(await scriptOf(true)).toContain(`PGOPTIONS='-c lo_compat_privileges=on' pg_dump -w -F directory`)
    expect(await scriptOf(false)).not.toContain('PGOPTIONS')
  })
})
