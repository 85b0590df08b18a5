// From settings to the lab that they name, and to how it is brought up.
import {docker} from '../src/lab/docker/local-docker.ts'
import type {ShardChoice} from '../src/lab/lifecycle/choose-shard.ts'
import {atShard, connectLab} from '../src/lab/lifecycle/connect-lab.ts'
import type {ConnectedLab, ConnectOptions} from '../src/lab/lifecycle/connect-lab.ts'
import type {UpOptions} from '../src/lab/lifecycle/make-lab.ts'
import {orUnfinished} from '../src/lab/lifecycle/restore-record.ts'
import type {Settings} from '../src/config/fields.ts'
import type {Clock} from '../src/model/ports.ts'
import type {ClusterSettings} from '../src/model/topology.ts'
import {formatMs} from '../src/model/time.ts'
import type {RecoveryPorts} from '../src/recovery/recovery-ports.ts'
import {monotonicClock} from '../src/waiting/monotonic-clock.ts'

export {docker}

export function connectOptions(settings: Settings, clock: Clock = monotonicClock()): ConnectOptions {
  return {clock, ...(settings.reach === 'auto' ? {} : {reach: settings.reach})}
}

/** How to bring up the lab that the settings name. */
export function upOptions(settings: Settings, wanted: Partial<ClusterSettings>): UpOptions {
  return {
    ...connectOptions(settings),
    name: settings.lab,
    settings: wanted,
    ...(settings.archive === null ? {} : {archive: settings.archive}),
    ...(settings.encrypt === null ? {} : {encrypt: settings.encrypt}),
    ...(settings.portBase === null ? {} : {portBase: settings.portBase}),
  }
}

/** The lab that the settings name; LAB_MISSING when there is none, RESTORE_UNFINISHED for one that is half restored. */
export async function openLab(settings: Settings): Promise<ConnectedLab> {
  return orUnfinished(docker, settings.lab, async () => connectLab(docker, settings.lab, connectOptions(settings)))
}

/** The same at one of its shards; SHARD_UNKNOWN where it has no such one, or several and none was named. */
export async function openShard(settings: Settings, choice: ShardChoice): Promise<ConnectedLab> {
  return atShard(await openLab(settings), choice)
}

/** For the use cases of src/recovery; each part of a restore is noted as it ends. */
export function recoveryPorts<Signal extends AbortSignal | undefined>(
  note: (text: string) => void,
  signal: Signal,
): RecoveryPorts & {readonly signal: Signal} {
  return {
    docker,
    clock: monotonicClock(),
    signal,
    note,
    onPhase: (phase, fromMs, toMs) => note(`${phase}: ${formatMs(toMs - fromMs)}`),
  }
}
