// The monitoring of a lab in a line, for `hl up` and `hl status`. PURE.
import type {MonitoringPlace} from '../../src/lab/lifecycle/monitoring-services.ts'
import {printable} from '../../src/report/printable.ts'

export function monitoringText({prometheus, alertmanager, alertsTo}: MonitoringPlace): string {
  const where = alertsTo === null ? 'nowhere' : `to ${printable(alertsTo)}`
  return `Prometheus ${prometheus}, Alertmanager ${alertmanager}, alerts go ${where}`
}
