import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {HlError} from '../../model/errors.ts'
import {defaultSettings, type ClusterSettings} from '../../model/topology.ts'
import {isObject, type JsonObject} from '../read-json.ts'
import {bootstrapConfig, checkSettings, differences, patchFor, settingsFrom, withoutOwn} from './settings-to-patroni.ts'

const base: JsonObject = {
  ttl: 20,
  check_timeline: true,
  postgresql: {use_pg_rewind: true, parameters: {fsync: 'on', synchronous_commit: 'on', max_connections: 200}},
}

const settings: fc.Arbitrary<ClusterSettings> = fc.record({
  synchronousMode: fc.constantFrom('off', 'on', 'strict', 'quorum'),
  ttlS: fc.integer({min: 20, max: 120}),
  loopWaitS: fc.integer({min: 1, max: 10}),
  retryTimeoutS: fc.integer({min: 3, max: 5}),
  failsafeMode: fc.boolean(),
  maximumLagOnFailoverBytes: fc.nat(),
  parameters: fc.dictionary(
    fc.constantFrom('work_mem', 'synchronous_commit', 'wal_keep_size'),
    fc.constantFrom<string | number | boolean>('64MB', 'local', 7, false),
    {maxKeys: 3},
  ),
})

/** RFC 7396, as Patroni's patch_config does it. */
function merge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch
  const result: Record<string, unknown> = {...(isObject(target) ? target : {})}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, key)
    else result[key] = merge(result[key], value)
  }
  return result
}
const merged = (target: JsonObject, patch: JsonObject): JsonObject => {
  const result = merge(target, patch)
  return isObject(result) ? result : {}
}

describe('settings and configuration', () => {
  it('come back as they went in', () =>
    fc.assert(
      fc.property(settings, wanted => {
        expect(settingsFrom(bootstrapConfig(base, wanted), base)).toEqual(wanted)
      }),
    ))
  it('keep what is not theirs', () =>
    expect(bootstrapConfig(base, defaultSettings)).toMatchObject({
      check_timeline: true,
      postgresql: {use_pg_rewind: true, parameters: {fsync: 'on'}},
    }))
  it('are reached from any others by one patch', () =>
    fc.assert(
      fc.property(settings, settings, (before, after) => {
        const current = bootstrapConfig(base, before)
        expect(settingsFrom(merged(current, patchFor(current, base, after)), base)).toEqual(after)
      }),
    ))
  it('that are the same differ in nothing', () =>
    fc.assert(
      fc.property(settings, same => {
        expect(differences(same, same)).toEqual([])
      }),
    ))
  it('that name a parameter of the lab with its own value differ in nothing from what is read back', () =>
    fc.assert(
      fc.property(
        settings,
        fc.dictionary(
          fc.constantFrom('fsync', 'max_connections', 'work_mem'),
          fc.constantFrom('on', 'off', '200', '7'),
        ),
        (chosen, parameters) => {
          const wanted = {...chosen, parameters}
          const actual = settingsFrom(bootstrapConfig(base, wanted), base)
          expect(differences(actual, withoutOwn(wanted, base))).toEqual([])
        },
      ),
    ))
  it('of a lab with another value than its own differ from a wish for its own', () =>
    expect(
      differences({...defaultSettings, parameters: {fsync: 'off'}}, withoutOwn({parameters: {fsync: 'on'}}, base)),
    ).toEqual(['fsync is off, not the default']))
  it('that are not given are not compared', () =>
    expect(differences({...defaultSettings, ttlS: 30}, {loopWaitS: 5})).toEqual([]))
  it('that differ are named', () =>
    expect(differences(defaultSettings, {ttlS: 30, parameters: {work_mem: '1MB'}})).toEqual([
      'ttlS is 20, not 30',
      'work_mem is the default, not 1MB',
    ]))
  it.each([
    [{}, 'off'],
    [{synchronous_mode: true}, 'on'],
    [{synchronous_mode: 'quorum'}, 'quorum'],
    [{synchronous_mode: true, synchronous_mode_strict: true}, 'strict'],
    [{synchronous_mode: false, synchronous_mode_strict: true}, 'off'],
  ])('%o is %s', (config, mode) => expect(settingsFrom(config, base).synchronousMode).toBe(mode))
})

describe("Patroni's rules", () => {
  it('let the defaults pass', () => expect(() => checkSettings(defaultSettings)).not.toThrow())
  it.each<[Partial<ClusterSettings>, string]>([
    [{ttlS: 19, loopWaitS: 1}, 'ttl is 19 s'],
    [{loopWaitS: 0}, 'loop_wait is 0 s'],
    [{retryTimeoutS: 2}, 'retry_timeout is 2 s'],
    [{loopWaitS: 11}, 'loop_wait + 2 * retry_timeout is 21 s'],
    [{ttlS: 20.5}, 'whole seconds'],
    [{maximumLagOnFailoverBytes: -1}, 'negative'],
  ])('refuse %o', (wrong, said) => {
    const check = (): void => checkSettings({...defaultSettings, ...wrong})
    expect(check).toThrow(HlError)
    expect(check).toThrow(said)
  })
  it('are all named at once', () =>
    expect(() => checkSettings({...defaultSettings, ttlS: 5, loopWaitS: 0})).toThrow(/ttl is 5 s.*loop_wait is 0 s/))
})
