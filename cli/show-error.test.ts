import {readFileSync} from 'node:fs'
import {expect, test} from 'vitest'
import {HlError} from '../src/model/errors.ts'
import {schemaProblems} from '../test/json-schema.ts'
import {errorEnvelope, errorText, toHlError} from './show-error.ts'

const error = new HlError('LAB_BUSY', 'lab "lab" is in use by pid 12', {
  next: ['wait for it', 'hl status'],
  cause: new Error('name taken'),
})

test('the text names what, code, cause, each next step and the page', () => {
  expect(errorText(error).split('\n')).toEqual([
    'error: lab "lab" is in use by pid 12',
    'code:  LAB_BUSY (exit 4)',
    'cause: name taken',
    'next:  wait for it',
    'next:  hl status',
    'page:  runbooks/errors/LAB_BUSY.md',
  ])
})

test('the JSON form says the same', () => {
  expect(errorEnvelope(error, {command: 'failover'})).toEqual({
    ok: false,
    schemaVersion: 1,
    command: 'failover',
    error: {
      code: 'LAB_BUSY',
      message: 'lab "lab" is in use by pid 12',
      next: ['wait for it', 'hl status'],
      cause: 'name taken',
      runbook: 'runbooks/errors/LAB_BUSY.md',
      exitCode: 4,
    },
  })
})

test('what cannot be written is told as such, wherever it was thrown', () => {
  const thrown = Object.assign(new Error('x'), {code: 'EROFS', syscall: 'mkdir', path: '/home/a/.cache'})
  expect(toHlError(thrown)).toMatchObject({
    code: 'FILE_UNWRITABLE',
    message: '/home/a/.cache cannot be written: the file system is read-only',
  })
  expect(toHlError(Object.assign(new Error('x'), {code: 'ENOENT', syscall: 'open', path: '/a'}))).toMatchObject({
    code: 'BUG',
  })
})

test('lines of a message never look like lines of ours', () => {
  const text = errorText(new HlError('TIMEOUT', 'one\ncode:  NONE', {next: ['look']}))
  expect(text).toContain('error: one\n       code:  NONE\ncode:  TIMEOUT')
})

test('what is no HlError is a bug of hl, exit 70', () => {
  expect(toHlError(new TypeError('x is not a function'))).toMatchObject({code: 'BUG', exitCode: 70})
  expect(toHlError('text')).toMatchObject({code: 'BUG', message: 'text'})
})

test('the JSON form fits the schema in docs', () => {
  const schema = JSON.parse(readFileSync(new URL('../docs/schemas/error.json', import.meta.url), 'utf8')) as Readonly<
    Record<string, unknown>
  >
  expect(schemaProblems(schema, errorEnvelope(error, {command: 'up'}))).toEqual([])
})
