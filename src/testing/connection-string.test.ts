import {describe, expect, it} from 'vitest'
import type {LabSecrets} from '../model/ports.ts'
import {connectionString, type Known, type TestRole} from './connection-string.ts'

const known: Known = {
  endpoints: {postgres: {pg1: {host: '10.0.0.11', port: 5432}, pg2: {host: '10.0.0.12', port: 5432}}},
  secrets: {app: 'a', readonly: 'r', migrations: 'm', monitoring: 'o'} as unknown as LabSecrets,
  primary: 'pg2',
  standbys: ['pg1'],
}

describe('a URL', () => {
  it.each([
    ['app', {}, 'postgresql://hl_app:a@10.0.0.12:5432/hl'],
    ['readonly', {role: 'standby'}, 'postgresql://hl_readonly:r@10.0.0.11:5432/hl'],
    ['migrations', {node: 'pg1'}, 'postgresql://hl_migrations:m@10.0.0.11:5432/hl'],
    ['app', {role: 'all'}, 'postgresql://hl_app:a@10.0.0.11:5432,10.0.0.12:5432/hl?target_session_attrs=read-write'],
  ] as const)('of %s for %j', (user, way, url) => expect(connectionString(known, user, way)).toBe(url))

  it('of a node, a standby or a role that there is not is refused', () => {
    expect(() => connectionString(known, 'app', {node: 'pg9'})).toThrow(expect.objectContaining({code: 'NODE_UNKNOWN'}))
    expect(() => connectionString({...known, standbys: []}, 'app', {role: 'standby'})).toThrow('no standby')
    expect(() => connectionString(known, 'postgres' as TestRole, {})).toThrow(
      expect.objectContaining({code: 'CONFIG_INVALID'}),
    )
  })
})
