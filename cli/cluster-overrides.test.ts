import {expect, it} from 'vitest'
import {parseConfig} from '../src/config/parse-config.ts'
import {clusterOverrides} from './cluster-overrides.ts'

const settings = parseConfig([])

it('takes parameters as they are', () =>
  expect(clusterOverrides(settings, ['work_mem=8MB', 'password_encryption=md5'])).toEqual({
    parameters: {work_mem: '8MB', password_encryption: 'md5'},
  }))

it.each([
  'primary_conninfo=host=pg1 password=hunter2',
  'primary-conninfo=host=pg1 password=hunter2',
  'app.token=hunter2',
])('refuses what looks like a secret, and does not repeat it: %s', param => {
  const refused = (): unknown => clusterOverrides(settings, [param])
  expect(refused).toThrow('looks as if it held a secret')
  expect(refused).not.toThrow('hunter2')
})
