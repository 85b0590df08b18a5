import {expect, it} from 'vitest'
import type {RestoreNode} from '../../model/ports.ts'
import {passArchived} from './pass-archived.ts'

it('begins a timeline along its own, with nothing of the archive but its histories', async () => {
  const ran: string[] = []
  const node: RestoreNode = {
    exec: async argv => {
      ran.push(argv.join(' '))
      const stdout = argv[0] === 'pg_controldata' ? 'Database system identifier:           7\n' : ''
      return Promise.resolve({exitCode: 0, stdout, stderr: ''})
    },
    remove: async () => Promise.resolve(),
  }
  await passArchived(node)
  expect(ran).toEqual([
    'pg_controldata -D /var/lib/postgresql/data',
    'recovery start restore_command=case "%f" in *.history) wal-get "/archive/7/wal" "%f" "%p" ;; *) exit 1 ;; esac recovery_target_timeline=current',
    'recovery wait',
    'recovery stop',
  ])
})
