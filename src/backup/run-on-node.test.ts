import {expect, it} from 'vitest'
import type {ExecOptions, ExecResult, RestoreNode} from '../model/ports.ts'
import {runOnNode, serverWords} from './run-on-node.ts'

function nodeOf(answer: Partial<ExecResult>): RestoreNode & {readonly ran: ExecOptions[]} {
  const ran: ExecOptions[] = []
  return {
    ran,
    remove: async () => Promise.resolve(),
    exec: async (_argv, options) => {
      ran.push(options)
      return Promise.resolve({exitCode: 0, stdout: '', stderr: '', ...answer})
    },
  }
}

it('gives what the program prints, and runs it as postgres', async () => {
  const node = nodeOf({stdout: ' 7\n'})
  expect(await runOnNode(node, 'counting', ['wc'], {next: ['look']})).toBe('7')
  expect(node.ran[0]).toMatchObject({user: 'postgres'})
})

it('says of a failure what was being done and the last words, and not the arguments', async () => {
  const failing = runOnNode(
    nodeOf({exitCode: 1, stderr: `${'old\n'.repeat(9)}FATAL:  no`}),
    'promoting the copy',
    ['env', 'PGOPTIONS=x', 'recovery'],
    {next: ['hl copy show']},
  )
  await expect(failing).rejects.toMatchObject({
    code: 'RESTORE_FAILED',
    message: `promoting the copy failed: ${'old / '.repeat(5)}FATAL:  no`,
    next: ['hl copy show'],
  })
  await expect(runOnNode(nodeOf({exitCode: 2}), 'promoting the copy', ['recovery'], {next: []})).rejects.toThrow(
    'promoting the copy failed: no words',
  )
})

it.each([
  [
    'psql:<stdin>:37: ERROR:  type "h.mood" does not exist\nLINE 4:     mood h.mood,\n                 ^',
    'ERROR: type "h.mood" does not exist',
  ],
  [
    'pg_restore: error: could not execute query: ERROR:  insert or update violates foreign key\nDETAIL:  Key (id)=(7) is not present.\nCommand was: ALTER TABLE ONLY h.parent\n    ADD CONSTRAINT x;',
    'ERROR: insert or update violates foreign key / DETAIL: Key (id)=(7) is not present.',
  ],
  ['psql: could not connect', 'psql: could not connect'],
])('of %j PostgreSQL’s own error is what went wrong', (stderr, words) => expect(serverWords(stderr)).toBe(words))
