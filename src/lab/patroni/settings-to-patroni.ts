// PURE: hl's settings <-> Patroni's dynamic configuration. Invariant: nothing is sent that Patroni would silently
// change: its own rules are checked first. Source of the rules: Patroni 4.0, patroni/config.py (ttl >= 20, loop_wait >=
// 1, retry_timeout >= 3, loop_wait + 2 * retry_timeout <= ttl). Not here: sending it (apply-settings.ts).
import type {ArchiveMode} from '../../model/backup.ts'
import {HlError} from '../../model/errors.ts'
import type {ClusterSettings, SynchronousMode} from '../../model/topology.ts'
import {defaultSettings} from '../../model/topology.ts'
import {booleanOr, field, isObject, numberOr, path, type JsonObject} from '../read-json.ts'

type Parameters = ClusterSettings['parameters']

/** Throws CONFIG_INVALID naming every rule that the settings break. */
export function checkSettings(settings: ClusterSettings): void {
  const {ttlS, loopWaitS, retryTimeoutS} = settings
  const broken = [
    ttlS >= 20 ? '' : `ttl is ${ttlS} s, at least 20 s`,
    loopWaitS >= 1 ? '' : `loop_wait is ${loopWaitS} s, at least 1 s`,
    retryTimeoutS >= 3 ? '' : `retry_timeout is ${retryTimeoutS} s, at least 3 s`,
    loopWaitS + 2 * retryTimeoutS <= ttlS
      ? ''
      : `loop_wait + 2 * retry_timeout is ${loopWaitS + 2 * retryTimeoutS} s, at most ttl (${ttlS} s)`,
    [ttlS, loopWaitS, retryTimeoutS].every(Number.isInteger)
      ? ''
      : 'ttl, loop_wait and retry_timeout are whole seconds',
    settings.maximumLagOnFailoverBytes >= 0 ? '' : 'maximum_lag_on_failover is negative',
  ].filter(rule => rule !== '')
  if (broken.length === 0) return
  throw new HlError('CONFIG_INVALID', `Patroni does not take these settings: ${broken.join('; ')}`, {
    next: ['Patroni would change them silently; choose others'],
  })
}

const synchronous: Readonly<
  Record<SynchronousMode, {readonly synchronous_mode: boolean | 'quorum'; readonly synchronous_mode_strict: boolean}>
> = {
  off: {synchronous_mode: false, synchronous_mode_strict: false},
  on: {synchronous_mode: true, synchronous_mode_strict: false},
  strict: {synchronous_mode: true, synchronous_mode_strict: true},
  quorum: {synchronous_mode: 'quorum', synchronous_mode_strict: false},
}

/** The bootstrap configuration of a new lab: the image's own with the settings on top. */
export function bootstrapConfig(base: JsonObject, settings: ClusterSettings): JsonObject {
  return withParameters({...base, ...outerFields(settings)}, settings.parameters)
}

/** A configuration with these parameters of PostgreSQL over its own. */
export function withParameters(config: JsonObject, parameters: JsonObject): JsonObject {
  const postgresql = config['postgresql']
  return {
    ...config,
    postgresql: {...(isObject(postgresql) ? postgresql : {}), parameters: {...parametersOf(config), ...parameters}},
  }
}

/**
 * What turns `current` into the settings, parameters of an earlier choice back to the lab's own. null removes a key.
 */
export function patchFor(current: JsonObject, base: JsonObject, settings: ClusterSettings): JsonObject {
  const own = parametersOf(base)
  const wanted: Readonly<Record<string, unknown>> = {...own, ...settings.parameters}
  const names = [...new Set([...Object.keys(parametersOf(current)), ...Object.keys(wanted)])]
  return {
    ...outerFields(settings),
    postgresql: {parameters: Object.fromEntries(names.map(name => [name, wanted[name] ?? null]))},
  }
}

/**
 * The slot that pg_receivewal uses: Patroni keeps it on every member, so that a new primary has not removed what the
 * archive still lacks.
 */
export function archiveConfig(config: JsonObject, archive: ArchiveMode): JsonObject {
  return archive === 'stream' || archive === 'sync' ? {...config, slots: {hl_archive: {type: 'physical'}}} : config
}

/**
 * With a synchronous archive PostgreSQL's own synchronous_standby_names names archive and standbys; Patroni's mode
 * would replace it. CONFIG_INVALID when both are wanted.
 */
export function settingsWithArchive({
  settings,
  archive,
}: {
  readonly settings: Partial<ClusterSettings>
  readonly archive?: ArchiveMode | undefined
}): Partial<ClusterSettings> {
  if (archive !== 'sync') return settings
  if (settings.synchronousMode === undefined || settings.synchronousMode === 'off')
    return {...settings, synchronousMode: 'off'}
  throw new HlError(
    'CONFIG_INVALID',
    `--archive sync and --sync ${settings.synchronousMode} both decide what a commit waits for`,
    {
      next: [
        'leave --sync out: with --archive sync a commit waits for the archive and for one standby',
        'or choose --archive stream',
      ],
    },
  )
}

function outerFields(settings: ClusterSettings): JsonObject {
  return {
    ttl: settings.ttlS,
    loop_wait: settings.loopWaitS,
    retry_timeout: settings.retryTimeoutS,
    ...synchronous[settings.synchronousMode],
    failsafe_mode: settings.failsafeMode,
    maximum_lag_on_failover: settings.maximumLagOnFailoverBytes,
  }
}

/**
 * Settings as a configuration has them; `parameters` are those that differ from the lab's own. Absent fields: Patroni's
 * defaults.
 */
export function settingsFrom(config: JsonObject, base: JsonObject): ClusterSettings {
  const own = parametersOf(base)
  const different = Object.entries(parametersOf(config)).filter(([name, value]) => String(own[name]) !== String(value))
  return {
    synchronousMode: synchronousModeOf(config),
    ttlS: numberOr(config['ttl'], 30),
    loopWaitS: numberOr(config['loop_wait'], 10),
    retryTimeoutS: numberOr(config['retry_timeout'], 10),
    failsafeMode: booleanOr(config['failsafe_mode'], false),
    maximumLagOnFailoverBytes: numberOr(config['maximum_lag_on_failover'], defaultSettings.maximumLagOnFailoverBytes),
    parameters: Object.fromEntries(different),
  }
}

function synchronousModeOf(config: JsonObject): SynchronousMode {
  const mode = config['synchronous_mode']
  if (mode === 'quorum') return 'quorum'
  if (mode !== true && mode !== 'on' && mode !== 'true') return 'off'
  return booleanOr(field(config, 'synchronous_mode_strict'), false) ? 'strict' : 'on'
}

function parametersOf(config: JsonObject): Parameters {
  const parameters = path(config, 'postgresql', 'parameters')
  if (!isObject(parameters)) return {}
  return Object.fromEntries(
    Object.entries(parameters).filter((entry): entry is [string, string | number | boolean] =>
      ['string', 'number', 'boolean'].includes(typeof entry[1]),
    ),
  )
}

/**
 * What was asked for as `settingsFrom` tells it: a parameter that has the value of the lab's own is none of somebody's
 * choice there, so it must be none here either.
 */
export function withoutOwn(wanted: Partial<ClusterSettings>, base: JsonObject): Partial<ClusterSettings> {
  if (wanted.parameters === undefined) return wanted
  const {parameters} = settingsFrom({postgresql: {parameters: {...wanted.parameters}}}, base)
  return {...wanted, parameters}
}

/** Names of the settings that differ, with both values; empty when they are the same. */
export function differences(actual: ClusterSettings, wanted: Partial<ClusterSettings>): readonly string[] {
  const {parameters, ...plain} = wanted
  const outer = Object.entries(plain)
    .filter(([name, value]) => value !== field(actual, name))
    .map(([name, value]) => `${name} is ${String(field(actual, name))}, not ${String(value)}`)
  const names =
    parameters === undefined ? [] : [...new Set([...Object.keys(parameters), ...Object.keys(actual.parameters)])]
  const inner = names
    .filter(name => String(parameters?.[name]) !== String(actual.parameters[name]))
    .map(
      name =>
        `${name} is ${String(actual.parameters[name] ?? 'the default')}, not ` +
        String(parameters?.[name] ?? 'the default'),
    )
  return [...outer, ...inner]
}
