// What flags and settings change about a lab or a scenario. PURE.
import {HlError} from '../src/model/errors.ts'
import type {Settings} from '../src/config/fields.ts'
import {looksLikeSecret} from '../src/model/secret-words.ts'
import type {ClusterSettings} from '../src/model/topology.ts'
import type {PlanOverrides} from '../src/experiment/plan-experiment.ts'

/** The cluster settings that were given; absent ones are left to the scenario or the lab. */
export function clusterOverrides(settings: Settings, params: readonly string[] = []): Partial<ClusterSettings> {
  const {sync, ttl, loopWait, retryTimeout, failsafe} = settings
  return {
    ...(sync === null ? {} : {synchronousMode: sync}),
    ...(ttl === null ? {} : {ttlS: ttl}),
    ...(loopWait === null ? {} : {loopWaitS: loopWait}),
    ...(retryTimeout === null ? {} : {retryTimeoutS: retryTimeout}),
    ...(failsafe === null ? {} : {failsafeMode: failsafe}),
    ...(params.length === 0 ? {} : {parameters: parseParameters(params)}),
  }
}

/** What the command line changes about a scenario's cluster, load and objectives. */
export function planOverrides(settings: Settings, params: readonly string[] = []): PlanOverrides {
  const {writes, rtoMax, rpoMax} = settings
  return {
    settings: clusterOverrides(settings, params),
    load: writes === null ? {} : {writesPerSecond: writes},
    objectives: {...(rtoMax === null ? {} : {rtoMsMax: rtoMax}), ...(rpoMax === null ? {} : {lostWritesMax: rpoMax})},
  }
}

/** `name=value` pairs; USAGE for anything else, and for what looks like a secret. */
function parseParameters(params: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    params.map(param => {
      const match = /^([a-z_][a-z0-9_.]*)=(.+)$/.exec(param)
      // What comes after the name may be a secret, whatever is wrong with it.
      const name = match?.[1] ?? param.split('=')[0]?.trim() ?? ''
      if (looksLikeSecret(name, param.slice(name.length + 1)))
        throw new HlError(
          'USAGE',
          `--param ${name} looks as if it held a secret, and parameters are shown and stored`,
          {
            next: ['give PostgreSQL a file that holds it, for example passfile= in a connection string'],
          },
        )
      if (match?.[1] === undefined || match[2] === undefined)
        throw new HlError('USAGE', `--param ${param} is not name=value`, {next: ['for example: --param work_mem=8MB']})
      return [match[1], match[2]]
    }),
  )
}
