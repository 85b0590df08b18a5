// What flags and settings change about a cluster or a scenario. PURE.
import {HlError} from '../src/model/errors.ts'
import type {Settings} from '../src/config/fields.ts'
import type {Scenario} from '../src/model/scenario.ts'
import type {ClusterSettings} from '../src/model/topology.ts'

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

/** `name=value` pairs; USAGE for anything else. */
export function parseParameters(params: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    params.map(param => {
      const match = /^([a-z_][a-z0-9_.]*)=(.+)$/.exec(param)
      if (match?.[1] === undefined || match[2] === undefined) throw new HlError('USAGE', `--param ${param} is not name=value`, {next: ['for example: --param work_mem=8MB']})
      return [match[1], match[2]]
    }),
  )
}

/** The scenario with what the command line changes about its cluster, load and objectives. */
export function withOverrides(scenario: Scenario, settings: Settings, params: readonly string[]): Scenario {
  const parameters = {...scenario.cluster.settings.parameters, ...clusterOverrides(settings, params).parameters}
  return {
    ...scenario,
    cluster: {...scenario.cluster, settings: {...scenario.cluster.settings, ...clusterOverrides(settings, params), ...(Object.keys(parameters).length === 0 ? {} : {parameters})}},
    load: settings.writes === null ? scenario.load : {...scenario.load, writesPerSecond: settings.writes},
    objectives: {
      ...scenario.objectives,
      ...(settings.rtoMax === null ? {} : {rtoMsMax: settings.rtoMax}),
      ...(settings.rpoMax === null ? {} : {lostWritesMax: settings.rpoMax}),
    },
  }
}
