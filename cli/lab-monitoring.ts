// `hl up --monitoring`: Prometheus and Alertmanager beside a lab that is up. Not here: the lab (commands/up.ts), the
// exporter (commands/metrics/serve.ts).
import {addMonitoring} from '../src/lab/lifecycle/add-monitoring.ts'
import type {ConnectedLab} from '../src/lab/lifecycle/connect-lab.ts'
import {checkWebhook, monitoringOf, type MonitoringPlace} from '../src/lab/lifecycle/monitoring-services.ts'
import {monotonicClock} from '../src/waiting/monotonic-clock.ts'
import {docker} from './wire.ts'

/** What of the command line it needs. */
export interface MonitoringFlags {
  readonly 'monitoring'?: boolean | undefined
  readonly 'alert-webhook'?: string | undefined
}

/** Before anything is made. Errors: CONFIG_INVALID. */
export function checkMonitoring(flags: MonitoringFlags): void {
  if (flags['alert-webhook'] !== undefined) checkWebhook(flags['alert-webhook'])
}

/** Makes it where it was asked for, and tells where it is; null: the lab has none. Errors: those of addMonitoring(). */
export async function withMonitoring(
  lab: ConnectedLab,
  flags: MonitoringFlags,
  how: {readonly progress: (text: string) => void; readonly signal: AbortSignal},
): Promise<MonitoringPlace | null> {
  if (flags.monitoring !== true) return monitoringOf(lab.description, lab.endpoints.via)
  return addMonitoring(docker, lab, {...how, clock: monotonicClock(), webhook: flags['alert-webhook']})
}
