// A connection over a stand-in for `pg.Client`: what `pg` does when a reply does not come in time, and what is left in
// a connection that others use next.
import {EventEmitter} from 'node:events'
import type pg from 'pg'
import {beforeEach, describe, expect, test} from 'vitest'
import type {Attempt} from './access-paths/access-path.ts'
import {openPgConnection} from './pg-node-connection.ts'

interface Wire {
  sent: string[]
  closed: number
  answer: (text: string) => {rows: unknown[]; command: string}
}

const wire: Wire = {sent: [], closed: 0, answer: () => ({rows: [], command: ''})}

class FakeClient extends EventEmitter {
  async connect(): Promise<void> {}
  async query({text}: {text: string}): Promise<unknown> {
    wire.sent.push(text)
    return wire.answer(text)
  }
  async end(): Promise<void> {
    wire.closed += 1
  }
}

const open = () =>
  openPgConnection(
    {host: 'h', port: 1, user: 'u', password: 'p', database: 'd', applicationName: 'a'},
    1_000,
    {nowMs: () => 0},
    FakeClient as unknown as typeof pg.Client,
  )
const attempt = (): Attempt => ({deadlineAtMs: 1_000, sent: false, over: false})
const answers = (text: string) => ({rows: [], command: text.split(' ')[0] ?? ''})

beforeEach(() => {
  Object.assign(wire, {sent: [], closed: 0, answer: answers})
})

describe('a connection', () => {
  test('calls a reply that did not come in time by the code of the deadline, and is broken', async () => {
    const connection = await open()
    wire.answer = () => {
      throw new Error('Query read timeout')
    }
    await expect(connection.write({text: 'INSERT', values: []}, attempt())).rejects.toMatchObject({
      reach: 'unknown',
      code: 'DEADLINE',
    })
    expect([connection.broken(), wire.closed]).toEqual([true, 1])
  })

  test('commits, and can be used again', async () => {
    const connection = await open()
    const own = attempt()
    await connection.transaction([{text: 'UPDATE', values: []}], own)
    expect(wire.sent.slice(1)).toEqual(['BEGIN', 'UPDATE', 'COMMIT'])
    expect([own.sent, connection.broken()]).toEqual([true, false])
  })

  test('is closed when the operation was given up before its COMMIT left: nobody else may get the open transaction', async () => {
    const connection = await open()
    const own = attempt()
    wire.answer = text => {
      if (text === 'UPDATE') own.over = true
      return answers(text)
    }
    await expect(connection.transaction([{text: 'UPDATE', values: []}], own)).rejects.toMatchObject({
      reach: 'not-sent',
      code: 'DEADLINE',
    })
    expect(wire.sent.slice(1)).toEqual(['BEGIN', 'UPDATE'])
    expect([own.sent, connection.broken()]).toEqual([false, true])
  })

  test('rolls back what a statement refused, and can be used again', async () => {
    const connection = await open()
    wire.answer = text => {
      if (text === 'UPDATE') throw Object.assign(new Error('deadlock'), {code: '40P01', severity: 'ERROR'})
      return answers(text)
    }
    await expect(connection.transaction([{text: 'UPDATE', values: []}], attempt())).rejects.toMatchObject({
      reach: 'not-applied',
      code: '40P01',
    })
    expect(wire.sent.slice(1)).toEqual(['BEGIN', 'UPDATE', 'ROLLBACK'])
    expect(connection.broken()).toBe(false)
  })
})
