import {expect, it} from 'vitest'
import {loginRefusal} from './login-refused.ts'

const byServer = (code: string): Error => Object.assign(new Error(code), {code, severity: 'FATAL'})
const down = Object.assign(new Error('connect ECONNREFUSED'), {code: 'ECONNREFUSED', syscall: 'connect'})
const [password, starting] = [byServer('28P01'), byServer('57P03')]

it.each([
  ['nobody was asked', [], undefined],
  ['one was not asked yet, or answers', [password, undefined], undefined],
  ['all are down', [down, down], undefined],
  ['one starts up', [down, starting], undefined],
  ['one does not let us in', [down, password], password],
])('%s', (_what, failures, expected) => expect(loginRefusal(failures)).toBe(expected))
